import type { AccessRule } from '../../domain/identity/document.js';
import { orFailure, type AuthentikApi } from './api-client.js';
import { everyResult } from './pages.js';
import type { Lookup } from './lookup.js';
import type { Names } from './names.js';
import { differencesIn, foreignObject, missingObject, objectPath } from './object-paths.js';
import type { Writer } from './writer.js';

/** What working on authentik takes. */
export interface IdentityWork {
  readonly api: AuthentikApi;
  readonly names: Names;
  readonly lookup: Lookup;
  readonly writer: Writer;
  /** Places that are left to others, by JSON pointer. */
  readonly ignored: readonly string[];
}

/** Something of authentik's, by primary key. */
export interface ObjectRef {
  readonly pk: string;
  readonly name: string;
}

/** What an application is bound to for a rule: both expressions, and where they are enough its groups. */
export interface RuleSubjects {
  readonly mode: 'any' | 'all';
  readonly policies: readonly ObjectRef[];
  readonly groups: readonly ObjectRef[];
}

/** Attribute of groups that Hecate made: the environment. */
const GROUP_MARK = 'hecate';

/**
 * Makes a rule's expressions (and groups) as they should be and says what to bind. An application without bindings lets
 * everybody in, and deleting a policy or a group deletes its bindings; so there are always two, each of which alone keeps
 * out whom the rule keeps out.
 */
export async function provideRule(work: IdentityWork, rule: AccessRule): Promise<RuleSubjects> {
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

/** The group with exactly this name. */
export async function findGroup({ core }: AuthentikApi, name: string) {
  const found = await everyResult('list groups', (page) => core.coreGroupsList({ name, page, includeUsers: false }));
  return found.find((group) => group.name === name) ?? null;
}

/** Deletes groups that Hecate made and no rule names any more, when nobody is in them and nothing uses them. */
export async function withdrawGroups({ api, names, writer }: IdentityWork, kept: readonly string[]): Promise<void> {
  const attributes = JSON.stringify({ [GROUP_MARK]: names.prefix });
  const ours = await everyResult('list groups', (page) => api.core.coreGroupsList({ attributes, page }));
  for (const group of ours) {
    if (group.attributes?.[GROUP_MARK] !== names.prefix) continue;
    if (kept.includes(group.name) || (group.users?.length ?? 0) > 0) continue;
    const uses = await orFailure('see who uses a group', api.core.coreGroupsUsedByList({ groupUuid: group.pk }));
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
    // A group that is gone grants nothing: the expressions name it and nobody is in it.
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
