import type { AccessRule, IdentityDocument, ProtectedHost } from '../../domain/compile-identity.js';
import { Failure } from '../../ports/failure.js';
import type { Identity, IdentityProblem, IdentityReport, IdentityScope } from '../../ports/identity.js';
import { answered, createApi } from './api-client.js';
import { checkEverything } from './checks.js';
import { createFlows, findFlow, withdrawMfaFlow } from './flows.js';
import { asksForSignIn } from './forward-auth.js';
import { provideHost, withdrawHost, type HostWork } from './hosts.js';
import { lookupAll, lookupEach } from './lookup.js';
import { createNames } from './names.js';
import { serveOnOutpost } from './outpost.js';
import { findGroup, missingGroups, provideRule, withdrawGroups, withdrawRule, type RuleSubjects } from './rules.js';
import { createObserver, createWriter, Difference, type Writer } from './writer.js';

/** Where authentik is, and what is ours there. */
export interface AuthentikOptions {
  /** Base URL as the worker reaches it, without a slash at its end. */
  readonly url: string;
  readonly tokenFile: string;
  /** Letters and digits; part of the name of everything that is made. */
  readonly environment: string;
  /** Port of HTTPS by which browsers reach the proxy. */
  readonly httpsPort: number;
}

const ASKED_TIMEOUT_MS = 4_000;

/** authentik as the identity provider. */
export function createAuthentikIdentity(options: AuthentikOptions): Identity {
  const { url, httpsPort } = options;
  const api = createApi(options);
  // A person waits for these.
  const asked = createApi(options, ASKED_TIMEOUT_MS);
  const names = createNames(options.environment);
  const externalUrl = (host: string) => `https://${host}${httpsPort === 443 ? '' : `:${httpsPort}`}`;
  const openWork = async (scope: IdentityScope, writer: Writer): Promise<Opened> => {
    const base = { api, names, writer, flows: createFlows(api, names, writer), externalUrl };
    if (scope !== 'everything') return { ...base, lookup: lookupEach(api), rules: scope.rules, hosts: scope.hosts };
    const { lookup, hosts, rules } = await lookupAll(api, names);
    return { ...base, lookup, rules, hosts };
  };
  return {
    name: 'authentik',
    address: url,
    host: new URL(url).hostname,
    probe: async () => void (await answered('see its version', asked.admin.adminVersionRetrieve())),
    async missingGroups(groups) {
      const found = await Promise.all(groups.map((name) => findGroup(asked, name)));
      return groups.filter((_, index) => found[index] === null);
    },
    hasFlow: async (slug) => (await findFlow(asked, slug))?.designation === 'authentication',
    async provide(document, scope, signal) {
      const writer = createWriter(signal);
      return provideAll(await openWork(scope, writer), document, scope === 'everything');
    },
    async withdraw(document, scope, signal) {
      const writer = createWriter(signal);
      return withdrawAll(await openWork(scope, writer), document);
    },
    serves: (host) => asksForSignIn(url, externalUrl(host)),
    async drift(document) {
      const work = await openWork('everything', createObserver());
      const provided = await provideAll(work, document, true);
      const withdrawn = await withdrawAll(work, document);
      const differences = [...provided.problems, ...withdrawn.problems];
      return [
        ...differences.map((one) => `${one.subject}: would ${one.message}`),
        ...(await missingGroups(api, document.rules)),
      ];
    },
    checks: () => checkEverything(api, options),
  };
}

interface Opened extends HostWork {
  readonly rules: readonly string[];
  readonly hosts: readonly string[];
}

/** Rules first, then applications with their bindings; the outpost hears of them last. */
async function provideAll(work: Opened, document: IdentityDocument, everything: boolean): Promise<IdentityReport> {
  const problems: IdentityProblem[] = [];
  const rules = document.rules.filter((rule) => everything || work.rules.includes(rule.name));
  const hosts = document.hosts.filter((host) => everything || work.hosts.includes(host.host));
  const subjects = new Map<string, RuleSubjects>();
  const subjectsOf = async (rule: AccessRule) => {
    const known = subjects.get(rule.name) ?? (await provideRule(work, rule));
    subjects.set(rule.name, known);
    return known;
  };
  for (const rule of rules) await attempt(problems, `rule ${rule.name}`, () => subjectsOf(rule));
  const served: number[] = [];
  for (const host of hosts) {
    await attempt(problems, `host ${host.host}`, async () => {
      served.push(await provideHost(work, host, await subjectsOf(ruleOf(document, host))));
    });
  }
  await attempt(problems, 'host *', () => serveOnOutpost(work.api, work.writer, { add: served, remove: [] }));
  return { writes: work.writer.count(), problems };
}

/** The other way round: the outpost forgets a host before its application goes. */
async function withdrawAll(work: Opened, document: IdentityDocument): Promise<IdentityReport> {
  const problems: IdentityProblem[] = [];
  const hosts = work.hosts.filter((host) => !document.hosts.some((wanted) => wanted.host === host));
  const rules = work.rules.filter((rule) => !document.rules.some((wanted) => wanted.name === rule));
  const gone: number[] = [];
  for (const host of hosts) {
    const provider = await work.lookup.provider(work.names.host(host));
    if (provider) gone.push(provider.pk);
  }
  await attempt(problems, 'host *', () => serveOnOutpost(work.api, work.writer, { add: [], remove: gone }));
  for (const host of hosts) await attempt(problems, `host ${host}`, () => withdrawHost(work, host));
  for (const rule of rules) await attempt(problems, `rule ${rule}`, () => withdrawRule(work, rule));
  if (work.rules.length > 0) {
    await attempt(problems, 'rule *', () =>
      withdrawGroups(
        work,
        document.rules.flatMap((rule) => rule.groups),
      ),
    );
  }
  if (work.hosts.length > 0 && !document.hosts.some((host) => host.requiresMfa)) {
    await attempt(problems, 'rule *', () => withdrawMfaFlow(work.api, work.names.mfaFlow, work.writer));
  }
  return { writes: work.writer.count(), problems };
}

function ruleOf(document: IdentityDocument, host: ProtectedHost): AccessRule {
  const rule = document.rules.find((one) => one.name === host.rule);
  if (rule) return rule;
  throw new Failure('invalid', `the rule ${host.rule} of ${host.host} is not in the log`);
}

/** What concerns one subject holds no other up; what concerns authentik as a whole ends the run. */
async function attempt(
  problems: IdentityProblem[],
  subject: IdentityProblem['subject'],
  run: () => Promise<unknown>,
): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (error instanceof Difference) problems.push({ subject, kind: 'conflict', message: error.message });
    else if (error instanceof Failure && error.kind !== 'unavailable')
      problems.push({ subject, kind: error.kind, message: error.message });
    else throw error;
  }
}
