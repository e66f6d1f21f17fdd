import type { AccessRule, IdentityDocument, ProtectedHost } from '../../domain/identity/document.js';
import { Failure } from '../../ports/failure.js';
import type { IdentityProblem, IdentityReport } from '../../ports/identity.js';
import { provideHost, withdrawHost, type HostWork } from './hosts.js';
import type { ProviderRef } from './lookup.js';
import { withdrawMfaFlow } from './mfa-flow.js';
import { serveOnOutpost } from './outpost.js';
import { provideRule, withdrawGroups, withdrawRule, type RuleSubjects } from './rules.js';

/** The rules and hosts in scope, with all that is needed to change them. */
export interface ConvergeWork extends HostWork {
  readonly rules: readonly string[];
  readonly hosts: readonly string[];
}

/**
 * Creates and repairs all objects of a document: rules first, then applications with their bindings, and the outpost last.
 * A failure of one rule or host becomes a problem in the report; `unavailable` ends the run.
 */
export async function provideAll(
  work: ConvergeWork,
  document: IdentityDocument,
  everything: boolean,
): Promise<IdentityReport> {
  const problems: IdentityProblem[] = [];
  const rules = document.rules.filter((rule) => everything || work.rules.includes(rule.name));
  const hosts = document.hosts.filter((host) => everything || work.hosts.includes(host.host));
  const subjects = new Map<string, RuleSubjects>();
  const subjectsOf = async (rule: AccessRule) => {
    const known = subjects.get(rule.name) ?? (await provideRule(work, rule));
    subjects.set(rule.name, known);
    return known;
  };
  for (const rule of rules) await attempt(work, problems, `rule ${rule.name}`, () => subjectsOf(rule));
  const served: ProviderRef[] = [];
  for (const host of hosts) {
    await attempt(work, problems, `host ${host.host}`, async () => {
      served.push(await provideHost(work, host, await subjectsOf(ruleOf(document, host))));
    });
  }
  await attempt(work, problems, 'host *', () => serveOnOutpost(work.api, work.writer, { add: served, remove: [] }));
  return { writes: work.writer.count(), problems };
}

/** Removes objects that the document does not have, in the opposite order: the outpost first, so it never serves a host without policy. */
export async function withdrawAll(work: ConvergeWork, document: IdentityDocument): Promise<IdentityReport> {
  const problems: IdentityProblem[] = [];
  const hosts = work.hosts.filter((host) => !document.hosts.some((wanted) => wanted.host === host));
  const rules = work.rules.filter((rule) => !document.rules.some((wanted) => wanted.name === rule));
  const gone: ProviderRef[] = [];
  for (const host of hosts) {
    const provider = await work.lookup.provider(work.names.host(host));
    if (provider) gone.push(provider);
  }
  await attempt(work, problems, 'host *', () => serveOnOutpost(work.api, work.writer, { add: [], remove: gone }));
  for (const host of hosts) await attempt(work, problems, `host ${host}`, () => withdrawHost(work, host));
  for (const rule of rules) await attempt(work, problems, `rule ${rule}`, () => withdrawRule(work, rule));
  if (work.rules.length > 0) {
    await attempt(work, problems, 'rule *', () =>
      withdrawGroups(
        work,
        document.rules.flatMap((rule) => rule.groups),
      ),
    );
  }
  if (work.hosts.length > 0 && !document.hosts.some((host) => host.requireMFA)) {
    await attempt(work, problems, 'rule *', () => withdrawMfaFlow(work.api, work.names.mfaFlow, work.writer));
  }
  return { writes: work.writer.count(), problems };
}

function ruleOf(document: IdentityDocument, host: ProtectedHost): AccessRule {
  const rule = document.rules.find((one) => one.name === host.rule);
  if (rule) return rule;
  throw new Failure(
    'invalid',
    `the rule ${host.rule} of ${host.host} is not in the log: create it, or give the route another policy`,
  );
}

/** Runs the work of one subject. Records its failure so that others continue, but rethrows `unavailable`. */
async function attempt(
  { writer }: Pick<ConvergeWork, 'writer'>,
  problems: IdentityProblem[],
  subject: IdentityProblem['subject'],
  run: () => Promise<unknown>,
): Promise<void> {
  writer.setSubject(subject);
  try {
    await run();
  } catch (error) {
    if (error instanceof Failure && error.kind !== 'unavailable')
      problems.push({ subject, kind: error.kind, message: error.message });
    else throw error;
  }
}
