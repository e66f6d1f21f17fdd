import type { AccessRule } from '../../domain/identity/document.js';
import { orFailure } from './api-client.js';
import type { AuthentikApi } from './calls.js';
import { everyResult } from './pages.js';
import type { Lookup } from './lookup.js';
import type { Names } from './names.js';
import { differencesIn, foreignObject, missingObject, objectPath } from './object-paths.js';
import type { Writer } from './writer.js';

/** Dependencies for work on authentik's objects. */
export interface IdentityWork {
  readonly api: AuthentikApi;
  readonly names: Names;
  readonly lookup: Lookup;
  readonly writer: Writer;
  /** JSON pointers of fields that Hecate does not repair. */
  readonly ignored: readonly string[];
}

/** Reference to an object in authentik: primary key and name. The key is empty for an object that a dry run would create. */
export interface ObjectRef {
  readonly pk: string;
  readonly name: string;
}

/** The policies and groups that a rule's applications are bound to. `any`: one of them is enough; `all`: each must admit the user. */
export interface RuleSubjects {
  readonly mode: 'any' | 'all';
  readonly policies: readonly ObjectRef[];
  readonly groups: readonly ObjectRef[];
}

/** Attribute that marks a group created by Hecate; its value is the environment's prefix. */
const GROUP_MARK = 'hecate';

/**
 * Creates or repairs a rule's expression policies and groups, and returns the subjects to bind. There are always two
 * policies with the same expression: deleting a policy by hand deletes its bindings, and an application without bindings
 * admits everybody. Idempotent.
 */
export async function provideRule(work: IdentityWork, rule: AccessRule): Promise<RuleSubjects> {
  const groups = await provideGroups(work, rule);
  const [policy, guard] = work.names.expressions(rule.name);
  const first = await provideExpression(work, policy, rule.expression);
  const second = await provideExpression(work, guard, rule.expression);
  // `any` is safe only when each binding alone is equivalent to the rule.
  return rule.groupsSuffice
    ? { mode: 'any', policies: [first, second], groups }
    : { mode: 'all', policies: [first, second], groups: [] };
}

/** Deletes a rule's expression policies and thereby their bindings. No application may be bound to them. Idempotent. */
export async function withdrawRule({ api, names, lookup, writer }: IdentityWork, rule: string): Promise<void> {
  for (const name of names.expressions(rule)) {
    const found = await lookup.expression(name);
    if (!found) continue;
    const repairs = () => foreignObject(objectPath('policies', name), { expression: found.expression });
    await writer.write({ what: `delete policy ${name}`, repairs, answer: undefined }, () =>
      api.policies.policiesExpressionDestroy({ policyUuid: found.pk }),
    );
  }
}

/** Finds the group with exactly this name; null when there is none. */
export async function findGroup({ core }: AuthentikApi, name: string) {
  const found = await everyResult('list groups', (page) => core.coreGroupsList({ name, page, includeUsers: false }));
  return found.find((group) => group.name === name) ?? null;
}

/** Deletes the groups that Hecate created, except those in `kept`, with members, or used by other objects. */
export async function withdrawGroups({ api, names, writer }: IdentityWork, kept: readonly string[]): Promise<void> {
  const attributes = JSON.stringify({ [GROUP_MARK]: names.prefix });
  const ours = await everyResult('list groups', (page) => api.core.coreGroupsList({ attributes, page }));
  for (const group of ours) {
    if (group.attributes?.[GROUP_MARK] !== names.prefix) continue;
    if (kept.includes(group.name) || (group.users?.length ?? 0) > 0) continue;
    const uses = await orFailure('list the uses of a group', api.core.coreGroupsUsedByList({ groupUuid: group.pk }));
    if (uses.length > 0) continue;
    const repairs = () => foreignObject(objectPath('groups', group.name), { attributes: group.attributes });
    await writer.write({ what: `delete group ${group.name}`, repairs, answer: undefined }, () =>
      api.core.coreGroupsDestroy({ groupUuid: group.pk }),
    );
  }
}

async function provideGroups({ api, names, writer }: IdentityWork, rule: AccessRule): Promise<ObjectRef[]> {
  const found: ObjectRef[] = [];
  for (const name of rule.groups) {
    const group = await findGroup(api, name);
    if (group) found.push(group);
    else if (rule.createGroups) {
      const groupRequest = { name, attributes: { [GROUP_MARK]: names.prefix } };
      const repairs = () => missingObject(objectPath('groups', name), { attributes: groupRequest.attributes });
      const write = { what: `create group ${name}`, repairs, answer: { pk: '', name } };
      found.push(await writer.write<ObjectRef>(write, () => api.core.coreGroupsCreate({ groupRequest })));
    }
    // A missing group admits nobody: the expression names it, and nobody is a member.
  }
  return found;
}

async function provideExpression(
  { api, lookup, writer }: IdentityWork,
  name: string,
  expression: string,
): Promise<ObjectRef> {
  const found = await lookup.expression(name);
  if (found?.expression === expression) return found;
  const path = objectPath('policies', name);
  if (found) {
    const patch = { policyUuid: found.pk, patchedExpressionPolicyRequest: { expression } };
    const repairs = () => differencesIn(path, ['expression'], { wanted: { expression }, found });
    await writer.write({ what: `change policy ${name}`, repairs, answer: found }, () =>
      api.policies.policiesExpressionPartialUpdate(patch),
    );
    return found;
  }
  const expressionPolicyRequest = { name, expression };
  const repairs = () => missingObject(path, { expression });
  return writer.write<ObjectRef>({ what: `create policy ${name}`, repairs, answer: { pk: '', name } }, () =>
    api.policies.policiesExpressionCreate({ expressionPolicyRequest }),
  );
}
