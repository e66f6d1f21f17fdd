import { durationMs } from '../values/duration.js';
import { isPlainAndPublic } from './transport.js';
import { complainIf, type LintRule } from './rule.js';

/** Security consideration 5: private networks for backend communication. */
const plainPublicServer: LintRule<'Upstream'> = {
  code: 'HEC208',
  severity: 'warning',
  title: 'a public server that is reached by plain HTTP',
  kind: 'Upstream',
  check: ({ servers }) =>
    servers.flatMap(({ address }, index) =>
      complainIf(
        isPlainAndPublic(address),
        ['spec', 'servers', index, 'address'],
        `requests to ${address} cross the Internet without encryption`,
      ),
    ),
};

/** A check that outlasts its interval runs beside the next one. */
const slowCheck: LintRule<'Upstream'> = {
  code: 'HEC209',
  severity: 'warning',
  title: 'a health check that waits longer than its interval',
  kind: 'Upstream',
  check: ({ name, healthCheck }) =>
    complainIf(
      healthCheck !== null && durationMs(healthCheck.timeout) > durationMs(healthCheck.interval),
      ['spec', 'healthCheck', 'timeout'],
      `the health check of ${name} waits longer than its interval`,
    ),
};

/** Weights count under `weighted` only. */
const idleWeights: LintRule<'Upstream'> = {
  code: 'HEC210',
  severity: 'warning',
  title: 'weights that have no effect',
  kind: 'Upstream',
  check: ({ name, servers, loadBalancer }) =>
    complainIf(
      loadBalancer !== 'weighted' && servers.some(({ weight }) => weight !== 1),
      ['spec', 'loadBalancer'],
      `${name} has weights, which count under weighted only`,
    ),
};

/** What nothing uses is not noticed when it breaks. */
const unusedUpstream: LintRule<'Upstream'> = {
  code: 'HEC302',
  severity: 'info',
  title: 'an upstream that no route names',
  kind: 'Upstream',
  check: ({ name }, { routes, isWhole }) =>
    complainIf(
      isWhole && !routes.some(({ upstream, backupUpstream }) => upstream === name || backupUpstream === name),
      ['metadata', 'name'],
      `no route names ${name}`,
    ),
};

/** A pool of one has nothing to balance and nowhere to go. */
const singleServer: LintRule<'Upstream'> = {
  code: 'HEC306',
  severity: 'info',
  title: 'an upstream with a single server',
  kind: 'Upstream',
  check: ({ name, servers }) => complainIf(servers.length === 1, ['spec', 'servers'], `${name} has a single server`),
};

/** What upstreams are held against. */
export const upstreamRules: readonly LintRule<'Upstream'>[] = [
  plainPublicServer,
  slowCheck,
  idleWeights,
  unusedUpstream,
  singleServer,
];
