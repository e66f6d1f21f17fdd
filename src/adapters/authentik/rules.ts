import type { AccessRule } from '../../domain/identity/document.js';
import { Failure } from '../../ports/failure.js';
import type { Group } from './client/generated-client.js';
import type { AuthentikApi } from './client/calls.js';
import { createAttempts, type Attempts } from './client/attempts.js';
import { everyResult, PAGE_SIZE } from './client/pages.js';
import { everyBinding, type Lookup } from './lookup.js';
import type { Names } from './names.js';
import { differencesIn, foreignObject, missingObject, objectPath } from './client/object-paths.js';
import type { Writer } from './client/writer.js';

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
  /** Result of a policy that fails; by default false, which admits nobody. */
  readonly failureResult?: boolean;
}

/** Attribute that marks a group created by Hecate; its value is the environment's prefix. */
const GROUP_MARK = 'hecate';

/**
 * Creates or repairs a rule's expression policies and groups, and returns the subjects to bind; null: a policy could not be
 * made. There are always two policies with the same expression: deleting a policy by hand deletes its bindings, and an
 * application without bindings admits everybody. Failures are kept in `attempts`. Idempotent.
 */
export async function provideRule(
  work: IdentityWork,
  rule: AccessRule,
  attempts: Attempts,
): Promise<RuleSubjects | null> {
  const [policy, guard] = work.names.expressions(rule.name);
  const groups = await provideGroups(work, rule, attempts);
  const first = await provideExpression(work, { name: policy, expression: rule.expression }, attempts);
  const second = await provideExpression(work, { name: guard, expression: rule.expression }, attempts);
  if (!first || !second) return null;
  // `any` is safe only when each binding alone is equivalent to the rule.
  return rule.groupsSuffice
    ? { mode: 'any', policies: [first, second], groups }
    : { mode: 'all', policies: [first, second], groups: [] };
}

/**
 * Deletes a rule's expression policies. One that something is bound to stays, which is a failure: authentik deletes the
 * bindings with it, and an application without any admits everybody. Idempotent.
 */
export async function withdrawRule({ api, names, lookup, writer }: IdentityWork, rule: string): Promise<void> {
  const attempts = createAttempts();
  for (const name of names.expressions(rule)) {
    const found = await lookup.expression(name);
    if (!found) continue;
    const repairs = () => foreignObject(objectPath('policies', name), { expression: found.expression });
    await attempts.run(() =>
      writer.remove({ what: `delete policy ${name}`, repairs }, async () => {
        await failIfBound(api, found);
        await api.policies.policiesExpressionDestroy({ policyUuid: found.pk });
      }),
    );
  }
  attempts.end();
}

/** Throws when anything is bound to a policy. */
export async function failIfBound({ policies }: AuthentikApi, { pk, name }: ObjectRef): Promise<void> {
  const list = (page: number) => policies.policiesBindingsList({ policy: pk, page, pageSize: PAGE_SIZE });
  const bound = (await everyResult('list bindings', list)).filter(({ policy }) => policy === pk);
  if (bound.length === 0) return;
  const targets = [...new Set(bound.map(({ target }) => target))].join(', ');
  const message = `policy ${name} is not deleted: it is still bound in authentik, to ${targets}; remove these bindings there`;
  throw new Failure('invalid', message, { system: 'authentik' });
}

/** Finds the group with exactly this name; null when there is none. */
export async function findGroup({ core }: AuthentikApi, name: string) {
  const found = await everyResult('list groups', (page) => core.coreGroupsList({ name, page, includeUsers: false }));
  return found.find((group) => group.name === name) ?? null;
}

/**
 * Finds the groups that Hecate created and no rule names. Leaves out those with members, roles or related groups, and those
 * in a binding: deleting a group deletes its bindings, and an application without any admits everybody. It reads the
 * bindings, since `used_by` of a group answers 500 to an account that is no superuser (authentik 2026.2).
 */
export async function unusedGroups({ api, names }: IdentityWork, kept: readonly string[]): Promise<Group[]> {
  const attributes = JSON.stringify({ [GROUP_MARK]: names.prefix });
  const marked = await everyResult('list groups', (page) => api.core.coreGroupsList({ attributes, page }));
  const idle = marked.filter(
    (group) => group.attributes?.[GROUP_MARK] === names.prefix && !kept.includes(group.name) && isEmpty(group),
  );
  if (idle.length === 0) return [];
  const bound = new Set((await everyBinding(api)).map(({ group }) => group));
  return idle.filter(({ pk }) => !bound.has(pk));
}

function isEmpty({ users, roles, parents, children, isSuperuser }: Group): boolean {
  return isSuperuser !== true && [users, roles, parents, children].every((list) => (list?.length ?? 0) === 0);
}

/** Deletes a group that {@link unusedGroups} found. Idempotent. */
export async function withdrawGroup({ api, writer }: IdentityWork, { pk, name, attributes }: Group): Promise<void> {
  const repairs = () => foreignObject(objectPath('groups', name), { attributes });
  await writer.remove({ what: `delete group ${name}`, repairs }, () => api.core.coreGroupsDestroy({ groupUuid: pk }));
}

async function provideGroups(
  { api, names, writer }: IdentityWork,
  rule: AccessRule,
  attempts: Attempts,
): Promise<ObjectRef[]> {
  const found: ObjectRef[] = [];
  for (const name of rule.groups) {
    const group = await attempts.run(() => findGroup(api, name));
    if (group) found.push(group);
    else if (group === null && rule.createGroups) {
      const groupRequest = { name, attributes: { [GROUP_MARK]: names.prefix } };
      const repairs = () => missingObject(objectPath('groups', name), { attributes: groupRequest.attributes });
      const write = { what: `create group ${name}`, repairs, answer: { pk: '', name } };
      const made = await attempts.run(() =>
        writer.write<ObjectRef>(write, () => api.core.coreGroupsCreate({ groupRequest })),
      );
      if (made) found.push(made);
    }
    // A missing group admits nobody: the expression names it, and nobody is a member.
  }
  return found;
}

/** Finds, creates or repairs an expression policy. Null after a failure, which `attempts` keeps. */
export async function provideExpression(
  { api, lookup, writer }: IdentityWork,
  { name, expression }: { readonly name: string; readonly expression: string },
  attempts: Attempts,
): Promise<ObjectRef | null> {
  const path = objectPath('policies', name);
  const found = await attempts.run(() => lookup.expression(name));
  if (found === undefined) return null;
  if (found?.expression === expression) return found;
  if (found) {
    const patch = { policyUuid: found.pk, patchedExpressionPolicyRequest: { expression } };
    const repairs = () => differencesIn(path, ['expression'], { wanted: { expression }, found });
    await attempts.run(() =>
      writer.write<unknown>({ what: `change policy ${name}`, repairs, answer: found }, () =>
        api.policies.policiesExpressionPartialUpdate(patch),
      ),
    );
    return found;
  }
  const expressionPolicyRequest = { name, expression };
  const repairs = () => missingObject(path, { expression });
  const write = { what: `create policy ${name}`, repairs, answer: { pk: '', name } };
  const create = () =>
    writer.write<ObjectRef>(write, () => api.policies.policiesExpressionCreate({ expressionPolicyRequest }));
  return (await attempts.run(create)) ?? null;
}
