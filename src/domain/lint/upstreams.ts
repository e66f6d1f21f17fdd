import { durationMs } from '../values/duration.js';
import { isPlainAndPublic } from './transport.js';
import { findingIf, type LintRule } from './rule.js';

/** Security consideration 5: private networks for backend communication. */
const plainPublicServer: LintRule<'Upstream'> = {
  code: 'HEC208',
  severity: 'warning',
  title: 'a public server over plain HTTP',
  kind: 'Upstream',
  check: ({ servers }) =>
    servers.flatMap(({ address }, index) =>
      findingIf(
        isPlainAndPublic(address),
        ['spec', 'servers', index, 'address'],
        `requests to ${address} cross the Internet without encryption`,
      ),
    ),
};

/** A check that takes longer than its interval overlaps with the next one. */
const slowCheck: LintRule<'Upstream'> = {
  code: 'HEC209',
  severity: 'warning',
  title: 'a health check whose timeout exceeds its interval',
  kind: 'Upstream',
  check: ({ name, healthCheck }) =>
    findingIf(
      healthCheck !== null && durationMs(healthCheck.timeout) > durationMs(healthCheck.interval),
      ['spec', 'healthCheck', 'timeout'],
      `the timeout of the health check of ${name} exceeds its interval`,
    ),
};

/** Weights have an effect with the load balancer `weighted` only. */
const idleWeights: LintRule<'Upstream'> = {
  code: 'HEC210',
  severity: 'warning',
  title: 'weights that have no effect',
  kind: 'Upstream',
  check: ({ name, servers, loadBalancer }) =>
    findingIf(
      loadBalancer !== 'weighted' && servers.some(({ weight }) => weight !== 1),
      ['spec', 'loadBalancer'],
      `${name} has weights, which have an effect with loadBalancer weighted only`,
    ),
};

/** Nobody notices when an unused upstream breaks. */
const unusedUpstream: LintRule<'Upstream'> = {
  code: 'HEC302',
  severity: 'info',
  title: 'an upstream that no route uses',
  kind: 'Upstream',
  check: ({ name }, { routes, isWhole }) =>
    findingIf(
      isWhole && !routes.some(({ upstream, backupUpstream }) => upstream === name || backupUpstream === name),
      ['metadata', 'name'],
      `no route uses ${name}`,
    ),
};

/** A single server can be neither balanced nor replaced. */
const singleServer: LintRule<'Upstream'> = {
  code: 'HEC306',
  severity: 'info',
  title: 'an upstream with a single server',
  kind: 'Upstream',
  check: ({ name, servers }) => findingIf(servers.length === 1, ['spec', 'servers'], `${name} has a single server`),
};

/** Rules for upstreams. */
export const upstreamRules: readonly LintRule<'Upstream'>[] = [
  plainPublicServer,
  slowCheck,
  idleWeights,
  unusedUpstream,
  singleServer,
];
