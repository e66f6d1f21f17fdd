import type { AccessRule } from '../../domain/compile-identity.js';
import { answered, type AuthentikApi } from './api-client.js';
import { everyResult } from './pages.js';
import type { Lookup } from './lookup.js';
import type { Names } from './names.js';
import type { Writer } from './writer.js';

/** What working on authentik takes. */
export interface Work {
  readonly api: AuthentikApi;
  readonly names: Names;
  readonly lookup: Lookup;
  readonly writer: Writer;
}

/** What an application is bound to for a rule. */
export interface RuleSubjects {
  readonly mode: 'any' | 'all';
  /** Primary keys: both expressions, or the first and every group. */
  readonly policies: readonly string[];
  readonly groups: readonly string[];
}

/** Attribute of groups that Hecate made: the environment. */
const GROUP_MARK = 'hecate';

/**
 * Makes a rule's expressions (and groups) as they should be and says what to bind. An application without bindings lets
 * everybody in, and deleting a policy or a group deletes its bindings; so there are always two, each of which alone keeps
 * out whom the rule keeps out.
 */
export async function provideRule(work: Work, rule: AccessRule): Promise<RuleSubjects> {
  const groups = await provideGroups(work, rule);
  const [policy, guard] = work.names.expressions(rule.name);
  const first = await provideExpression(work, policy, rule.expression);
  const second = await provideExpression(work, guard, rule.expression);
  // Either binding is enough only when each says the same as the rule.
  return rule.groupsSuffice
    ? { mode: 'any', policies: [first, second], groups }
    : { mode: 'all', policies: [first, second], groups: [] };
}

/** Removes a rule's expressions, and with them their bindings: only when no application is bound to it any more. */
export async function withdrawRule({ api, names, lookup, writer }: Work, rule: string): Promise<void> {
  for (const name of names.expressions(rule)) {
    const found = await lookup.expression(name);
    if (!found) continue;
    await writer.write(`delete policy ${name}`, () => api.policies.policiesExpressionDestroy({ policyUuid: found.pk }));
  }
}

/** The group with exactly this name. */
export async function findGroup({ core }: AuthentikApi, name: string) {
  const found = await everyResult('list groups', (page) => core.coreGroupsList({ name, page, includeUsers: false }));
  return found.find((group) => group.name === name) ?? null;
}

/** Groups that rules name and authentik lacks, a sentence each: nobody passes by them, and no write of ours would bring them back. */
export async function missingGroups(api: AuthentikApi, rules: readonly AccessRule[]): Promise<string[]> {
  const found = new Map<string, Promise<unknown>>();
  const problems: string[] = [];
  for (const { name: rule, groups } of rules.filter(({ createsGroups }) => !createsGroups)) {
    for (const group of groups) {
      found.set(group, found.get(group) ?? findGroup(api, group));
      if ((await found.get(group)) === null) problems.push(`rule ${rule}: its group ${group} is missing`);
    }
  }
  return problems;
}

/** Deletes groups that Hecate made and no rule names any more, when nobody is in them and nothing uses them. */
export async function withdrawGroups({ api, names, writer }: Work, kept: readonly string[]): Promise<void> {
  const attributes = JSON.stringify({ [GROUP_MARK]: names.prefix });
  const ours = await everyResult('list groups', (page) => api.core.coreGroupsList({ attributes, page }));
  for (const group of ours) {
    if (group.attributes?.[GROUP_MARK] !== names.prefix) continue;
    if (kept.includes(group.name) || (group.users?.length ?? 0) > 0) continue;
    const uses = await answered('see who uses a group', api.core.coreGroupsUsedByList({ groupUuid: group.pk }));
    if (uses.length > 0) continue;
    await writer.write(`delete group ${group.name}`, () => api.core.coreGroupsDestroy({ groupUuid: group.pk }));
  }
}

async function provideGroups({ api, names, writer }: Work, rule: AccessRule): Promise<string[]> {
  const found: string[] = [];
  for (const name of rule.groups) {
    const group = await findGroup(api, name);
    if (group) found.push(group.pk);
    else if (rule.createsGroups) {
      const groupRequest = { name, attributes: { [GROUP_MARK]: names.prefix } };
      found.push((await writer.write(`create group ${name}`, () => api.core.coreGroupsCreate({ groupRequest }))).pk);
    }
    // A group that is gone grants nothing: the expressions name it and nobody is in it.
  }
  return found;
}

async function provideExpression({ api, lookup, writer }: Work, name: string, expression: string): Promise<string> {
  const found = await lookup.expression(name);
  if (found?.expression === expression) return found.pk;
  if (found) {
    const patch = { policyUuid: found.pk, patchedExpressionPolicyRequest: { expression } };
    await writer.write(`change policy ${name}`, () => api.policies.policiesExpressionPartialUpdate(patch));
    return found.pk;
  }
  const expressionPolicyRequest = { name, expression };
  const made = await writer.write(`create policy ${name}`, () =>
    api.policies.policiesExpressionCreate({ expressionPolicyRequest }),
  );
  return made.pk;
}
