// authentik as the identity provider: finds, creates and removes Hecate's objects there. May import domain, ports and authentik's client.
import { portSuffix } from '../../domain/caddy/public-port.js';
import type { IdentityDrift } from '../../domain/drift/drift.js';
import type { Identity, IdentityProblem, IdentityProgress, IdentityScope } from '../../ports/identity.js';
import { orFailure, createApiClient, type AuthentikOptions } from './client/api-client.js';
import { provideAll, withdrawAll, type ConvergeWork } from './provide-all.js';
import { createAttempts } from './client/attempts.js';
import { checkEverything } from './checks.js';
import { failedSignIns } from './failed-sign-ins.js';
import { createFlowLookup } from './flow-lookup.js';
import { asksForSignIn } from './forward-auth.js';
import { findFlow, lookupFor, preloadLookup } from './lookup.js';
import { missingGroups } from './missing-groups.js';
import { createNames } from './names.js';
import { findGroup } from './rules.js';
import { createObserver, createWriter, type Writer } from './client/writer.js';

const INTERACTIVE_TIMEOUT_MS = 4_000;

/** Creates an {@link Identity} for authentik 2025.2 or newer. All writes are idempotent and stop when their signal aborts. */
export function createAuthentikIdentity(options: AuthentikOptions): Identity {
  const { url, publicHttpsPort, ignored = [] } = options;
  const pace = { calls: 0, totalMs: 0 };
  const onCall = (durationMs: number) => {
    pace.calls++;
    pace.totalMs += durationMs;
  };
  const api = createApiClient(options, { onCall });
  // For calls that a person waits for.
  const interactive = createApiClient(options, { timeoutMs: INTERACTIVE_TIMEOUT_MS, pausesMs: [] });
  const names = createNames(options.environment);
  const externalUrl = (host: string) => `https://${host}${portSuffix(publicHttpsPort)}`;
  const openWork = async (
    scope: IdentityScope,
    writer: Writer,
    onProgress: (progress: IdentityProgress) => void = () => undefined,
  ): Promise<ConvergeWork> => {
    const before = { ...pace };
    const onHost = (done: number, total: number) => {
      const calls = pace.calls - before.calls;
      onProgress({ done, total, calls, meanMs: calls === 0 ? 0 : (pace.totalMs - before.totalMs) / calls });
    };
    const preloaded = scope === 'everything' ? await preloadLookup(api, names) : null;
    const { rules, hosts } = preloaded ?? (scope as Exclude<IdentityScope, 'everything'>);
    const lookup = preloaded?.lookup ?? (await lookupFor(api, hosts));
    const mfa = createAttempts();
    const work = { api, names, writer, ignored, lookup };
    const flows = createFlowLookup({ ...work, writer: writer.about(`flow ${names.mfaFlow}`) }, mfa);
    return { ...work, flows, externalUrl, rules, hosts, mfa, onHost };
  };
  return {
    name: 'authentik',
    address: url,
    host: new URL(url).hostname,
    probe: async () => void (await orFailure('read its version', interactive.admin.adminVersionRetrieve())),
    async missingGroups(groups) {
      const found = await Promise.all(groups.map((name) => findGroup(interactive, name)));
      return groups.filter((_, index) => found[index] === null);
    },
    hasFlow: async (slug) => (await findFlow(interactive, slug))?.designation === 'authentication',
    async provide(document, scope, signal, onProgress) {
      const work = await openWork(scope, createWriter(signal), onProgress);
      return provideAll(work, document, scope === 'everything');
    },
    async withdraw(document, scope, signal) {
      const writer = createWriter(signal);
      return withdrawAll(await openWork(scope, writer), document);
    },
    serves: (host) => asksForSignIn(url, externalUrl(host)),
    async drift(document) {
      const observer = createObserver();
      const work = await openWork('everything', observer);
      const provided = await provideAll(work, document, true);
      const withdrawn = await withdrawAll(work, document);
      const problems = [...provided.problems, ...withdrawn.problems].map(asDrift);
      return [...observer.seen(), ...problems, ...(await missingGroups(api, document.rules))];
    },
    failedSignIns: (since) => failedSignIns(interactive, since),
    checks: () => checkEverything(api, options),
  };
}

function asDrift({ subject, kind: problemKind, message }: IdentityProblem): IdentityDrift {
  return {
    kind: 'changed',
    object: subject,
    path: '',
    wanted: null,
    found: null,
    subject,
    problem: `${subject}: ${message}`,
    problemKind,
  };
}
