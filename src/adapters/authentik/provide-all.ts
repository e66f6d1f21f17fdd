import type { AccessRule, IdentityDocument, ProtectedHost } from '../../domain/identity/document.js';
import { Failure } from '../../ports/failure.js';
import type { IdentityProblem, IdentityReport } from '../../ports/identity.js';
import { isOfOneCall } from './client/api-client.js';
import { createAttempts, type Attempts } from './client/attempts.js';
import { provideHost, withdrawHost, type HostWork } from './hosts.js';
import { inParallel } from './client/in-parallel.js';
import type { ProviderRef } from './lookup.js';
import { withdrawMfaFlow } from './mfa-flow.js';
import { serveOnOutpost } from './outpost.js';
import { provideRule, unusedGroups, withdrawGroup, withdrawRule, type RuleSubjects } from './rules.js';

/** The rules and hosts in scope, with all that is needed to change them. */
export interface ConvergeWork extends HostWork {
  readonly rules: readonly string[];
  readonly hosts: readonly string[];
  /** Failures of parts of the flow for second factors. */
  readonly mfa: Attempts;
  /** Called when the work on a host has ended. */
  readonly onHost: (done: number, total: number) => void;
}

/**
 * Creates and repairs all objects of a document: rules first, then applications with their bindings, eight hosts at a time,
 * and the outpost last. A failure of one object becomes a problem in the report and stops no other; an authentik that does
 * not answer ends the run.
 */
export async function provideAll(
  work: ConvergeWork,
  document: IdentityDocument,
  everything: boolean,
): Promise<IdentityReport> {
  const problems: IdentityProblem[] = [];
  const hosts = document.hosts.filter((host) => everything || work.hosts.includes(host.host));
  const needed = new Set(hosts.map(({ rule }) => rule));
  const rules = document.rules.filter(({ name }) => everything || work.rules.includes(name) || needed.has(name));
  const subjects = new Map<string, RuleSubjects | null>();
  await inParallel(
    rules.map(about(work, (rule) => `rule ${rule.name}`)),
    async ({ item: rule, work: own, subject }) => {
      await attempt(problems, subject, async () => {
        const attempts = createAttempts();
        subjects.set(rule.name, await provideRule(own, rule, attempts));
        attempts.end();
      });
    },
  );
  const served: ProviderRef[] = [];
  let done = 0;
  await inParallel(
    hosts.map(about(work, (host) => `host ${host.host}`)),
    async ({ item: host, work: own, subject }) => {
      await attempt(problems, subject, async () => {
        served.push(await provideHost(own, host, subjectsOf(document, host, subjects)));
      });
      work.onHost(++done, hosts.length);
    },
  );
  await attempt(problems, `flow ${work.names.mfaFlow}`, async () => work.mfa.end());
  await attempt(problems, 'host *', () =>
    serveOnOutpost(work.api, work.writer.about('host *'), { add: served, remove: [] }),
  );
  return { writes: work.writer.count(), problems };
}

/** Removes objects that the document does not have, in the opposite order: the outpost first, so it never serves a host without policy. */
export async function withdrawAll(work: ConvergeWork, document: IdentityDocument): Promise<IdentityReport> {
  const problems: IdentityProblem[] = [];
  const hosts = work.hosts.filter((host) => !document.hosts.some((wanted) => wanted.host === host));
  const rules = work.rules.filter((rule) => !document.rules.some((wanted) => wanted.name === rule));
  const gone: ProviderRef[] = [];
  await inParallel(hosts, (host) =>
    attempt(problems, `host ${host}`, async () => {
      const provider = await work.lookup.provider(work.names.host(host));
      if (provider) gone.push(provider);
    }),
  );
  const before = problems.length;
  await attempt(problems, 'host *', () =>
    serveOnOutpost(work.api, work.writer.about('host *'), { add: [], remove: gone }),
  );
  // While the outpost may serve a host, its application keeps the bindings.
  if (problems.length === before) {
    await inParallel(hosts.map(about(work, (host) => `host ${host}`)), ({ item: host, work: own, subject }) =>
      attempt(problems, subject, () => withdrawHost(own, host)),
    );
  }
  await inParallel(rules.map(about(work, (rule) => `rule ${rule}`)), ({ item: rule, work: own, subject }) =>
    attempt(problems, subject, () => withdrawRule(own, rule)),
  );
  if (work.rules.length > 0) await withdrawUnusedGroups(work, document, problems);
  if (work.hosts.length > 0 && !document.hosts.some((host) => host.requireMFA)) {
    const subject = `flow ${work.names.mfaFlow}` as const;
    await attempt(problems, subject, () => withdrawMfaFlow({ ...work, writer: work.writer.about(subject) }));
  }
  return { writes: work.writer.count(), problems };
}

async function withdrawUnusedGroups(
  work: ConvergeWork,
  document: IdentityDocument,
  problems: IdentityProblem[],
): Promise<void> {
  const named = document.rules.flatMap((rule) => rule.groups);
  const unused: Awaited<ReturnType<typeof unusedGroups>> = [];
  await attempt(problems, 'group *', async () => void unused.push(...(await unusedGroups(work, named))));
  await inParallel(unused.map(about(work, (group) => `group ${group.name}`)), ({ item: group, work: own, subject }) =>
    attempt(problems, subject, () => withdrawGroup(own, group)),
  );
}

type Subject = IdentityProblem['subject'];

/** Returns a function that names the subject of an item, and gives it work whose writes belong to that subject. */
function about<T>(work: ConvergeWork, subjectOf: (item: T) => Subject) {
  return (item: T) => {
    const subject = subjectOf(item);
    return { item, subject, work: { ...work, writer: work.writer.about(subject) } };
  };
}

function subjectsOf(
  document: IdentityDocument,
  host: ProtectedHost,
  subjects: ReadonlyMap<string, RuleSubjects | null>,
): RuleSubjects {
  const rule: AccessRule | undefined = document.rules.find((one) => one.name === host.rule);
  if (!rule) {
    throw new Failure(
      'invalid',
      `the rule ${host.rule} of ${host.host} is not in the log: create it, or give the route another policy`,
    );
  }
  const found = subjects.get(rule.name);
  if (found) return found;
  throw new Failure(
    'invalid',
    `the policies of ${rule.name}, which ${host.host} needs, could not be made in authentik`,
  );
}

/** Runs the work of one subject. Records its failure so that others continue, but rethrows that authentik does not answer. */
async function attempt(problems: IdentityProblem[], subject: Subject, run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!isOfOneCall(error)) throw error;
    problems.push({ subject, kind: error.kind, message: error.message });
  }
}
