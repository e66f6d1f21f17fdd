import type { JsonDifference } from '../../domain/data/json.js';
import type { PolicyBinding, PolicyBindingRequest } from './client/generated-client.js';
import type { TargetKeys } from './lookup.js';
import { createAttempts } from './client/attempts.js';
import { differencesIn, foreignObject, missingObject } from './client/object-paths.js';
import type { ObjectRef, RuleSubjects, IdentityWork } from './rules.js';

/** Settings of each of Hecate's bindings. `timeout`: seconds for its policy, authentik's default. */
const SETTINGS = { enabled: true, negate: false, failureResult: false, timeout: 30 };

/** An object with bindings: an application, a flow, or a stage's place in a flow. */
export interface BindingTarget {
  /** Null for an object that a dry run would create. */
  readonly keys: TargetKeys | null;
  /** Its name in messages, for example `application shop`. */
  readonly name: string;
  /** Without any binding it is at its safest; an application, in contrast, is then open to everybody. */
  readonly isSafeUnbound?: boolean;
  /** Returns the JSON pointer of a binding of this subject. */
  readonly pathOf: (subject: string) => string;
}

/** A policy or a group to bind, with its settings. */
interface Wanted extends ObjectRef {
  readonly kind: 'policy' | 'group';
  readonly settings: typeof SETTINGS & { readonly order: number };
}

/**
 * Makes the bindings of a target exactly those of a rule; null: it has none. Changes what is there: authentik refuses a
 * second binding of a policy with the same order. While the target is open to everybody or to a stranger, it first makes
 * one binding of the rule effective, then removes foreign ones, and then repairs the others. A target is never left without
 * an effective binding. Each binding is tried, also after a failure of another. Idempotent.
 */
export async function provideBindings(
  work: IdentityWork,
  target: BindingTarget,
  rule: RuleSubjects | null,
): Promise<void> {
  const existing = target.keys === null ? [] : await work.lookup.bindings(target.keys);
  const { kept, missing, foreign } = matched(existing, wantedOf(rule));
  const wrong = kept.filter(({ wanted, found }) => differing(wanted, found).length > 0);
  const attempts = createAttempts();
  const foreignPath = (found: PolicyBinding) => target.pathOf(foreignName(found, existing));
  // A foreign binding becomes a missing one in one call, so that no moment has neither or both.
  const [replaced, created] = [missing.slice(0, foreign.length), missing.slice(foreign.length)];
  const unwanted = foreign.slice(replaced.length);
  const replacements = replaced.map((wanted, index) => async () => {
    const found = foreign[index] as PolicyBinding;
    await changeBinding(work, target, { wanted, found, foreignPath: foreignPath(found) }).catch((error: unknown) => {
      unwanted.push(found);
      throw error;
    });
  });
  const repairs = wrong.map((pair) => () => changeBinding(work, target, pair));
  const creations = created.map((wanted) => () => createBinding(work, target, wanted));
  const isEffectiveNow = kept.some(({ found }) => isEffective(found));
  const first = isEffectiveNow ? [...replacements, ...repairs] : [...repairs, ...replacements];
  const steps = [...first, ...creations];
  let isClosed = rule === null || target.isSafeUnbound === true || isEffectiveNow;
  const take = async () => {
    const step = steps.shift();
    const isDone = await attempts.run(async () => (await step?.(), true));
    isClosed ||= isDone === true;
  };
  const removeUnwanted = async () => {
    // Without an effective binding of its own, an application that loses a foreign one may be open to everybody.
    for (const found of isClosed ? unwanted.splice(0) : []) {
      await attempts.run(() => removeBinding(work, target, { found, path: foreignPath(found) }));
    }
  };
  while (!isClosed && steps.length > 0) await take();
  await removeUnwanted();
  while (steps.length > 0) await take();
  await removeUnwanted();
  attempts.end();
}

function wantedOf(rule: RuleSubjects | null): readonly Wanted[] {
  const subjects = [
    ...(rule?.policies ?? []).map(({ pk, name }) => ({ kind: 'policy' as const, pk, name })),
    ...(rule?.groups ?? []).map(({ pk, name }) => ({ kind: 'group' as const, pk, name })),
  ];
  const failureResult = rule?.failureResult ?? SETTINGS.failureResult;
  return subjects.map((subject, index) => ({
    ...subject,
    settings: { ...SETTINGS, failureResult, order: index * 10 },
  }));
}

/** Pairs each wanted binding with one that is there, preferably with the same order; what is left is foreign. */
function matched(existing: readonly PolicyBinding[], wanted: readonly Wanted[]) {
  const foreign = new Set(existing);
  const kept: { wanted: Wanted; found: PolicyBinding }[] = [];
  const missing: Wanted[] = [];
  for (const one of wanted) {
    const about = [...foreign].filter((binding) => isAbout(binding, one));
    const found = about.find(({ order }) => order === one.settings.order) ?? about[0];
    if (!found) missing.push(one);
    else {
      foreign.delete(found);
      kept.push({ wanted: one, found });
    }
  }
  return { kept, missing, foreign: [...foreign] };
}

async function createBinding({ api, writer }: IdentityWork, target: BindingTarget, wanted: Wanted): Promise<void> {
  const repairs = () => missingObject(target.pathOf(nameOf(wanted)), wanted.settings);
  await writer.write<unknown>({ what: `bind ${target.name} to ${nameOf(wanted)}`, repairs, answer: null }, () =>
    api.policies.policiesBindingsCreate({ policyBindingRequest: bodyOf(target, wanted) }),
  );
}

async function changeBinding(
  { api, writer }: IdentityWork,
  target: BindingTarget,
  {
    wanted,
    found,
    foreignPath,
  }: { readonly wanted: Wanted; readonly found: PolicyBinding; readonly foreignPath?: string },
): Promise<void> {
  const path = target.pathOf(nameOf(wanted));
  const what = `repair the binding of ${target.name} to ${nameOf(wanted)}`;
  const repairs = (): JsonDifference[] =>
    foreignPath !== undefined
      ? [...missingObject(path, wanted.settings), ...foreignObject(foreignPath, shown(found))]
      : differencesIn(path, differing(wanted, found), { wanted: wanted.settings, found: shown(found) });
  // A PATCH without the target answers 405.
  await writer.write<unknown>({ what, repairs, answer: null }, () =>
    api.policies.policiesBindingsUpdate({
      policyBindingUuid: found.pk,
      policyBindingRequest: bodyOf(target, wanted),
    }),
  );
}

async function removeBinding(
  { api, writer }: IdentityWork,
  target: BindingTarget,
  { found, path }: { readonly found: PolicyBinding; readonly path: string },
): Promise<void> {
  const repairs = () => foreignObject(path, shown(found));
  const what = `remove the binding of ${target.name} to ${subjectOf(found)}`;
  await writer.remove({ what, repairs }, () => api.policies.policiesBindingsDestroy({ policyBindingUuid: found.pk }));
}

function bodyOf({ keys }: BindingTarget, { kind, pk: subject, settings }: Wanted): PolicyBindingRequest {
  return { target: keys?.filter ?? '', policy: null, group: null, user: null, [kind]: subject, ...settings };
}

function differing({ settings }: Wanted, found: PolicyBinding) {
  const now = shown(found);
  return (Object.keys(settings) as (keyof typeof settings)[]).filter((field) => now[field] !== settings[field]);
}

function shown({ enabled, negate, failureResult, timeout, order }: PolicyBinding) {
  return {
    enabled: enabled !== false,
    negate: negate === true,
    failureResult: failureResult === true,
    timeout: timeout ?? SETTINGS.timeout,
    order,
  };
}

function nameOf({ kind, name }: Wanted): string {
  return `${kind} ${name}`;
}

/** Name of a foreign binding; with its order when another binding has the same subject. */
function foreignName(binding: PolicyBinding, existing: readonly PolicyBinding[]): string {
  const subject = subjectOf(binding);
  const isOnly = existing.every((other) => other === binding || subjectOf(other) !== subject);
  return isOnly ? subject : `${subject} (order ${binding.order})`;
}

/** Name of a binding's subject, for example `group staff`. */
function subjectOf({ policy, policyObj, group, groupObj, user, userObj }: PolicyBinding): string {
  if (policy) return `policy ${(policyObj as { name?: string } | null)?.name ?? policy}`;
  if (group) return `group ${(groupObj as { name?: string } | null)?.name ?? group}`;
  return `user ${(userObj as { username?: string } | null)?.username ?? user}`;
}

function isEffective(binding: PolicyBinding): boolean {
  const { enabled, negate, failureResult } = shown(binding);
  return enabled && !negate && !failureResult;
}

function isAbout(binding: PolicyBinding, { kind, pk }: Wanted): boolean {
  const [own, other] = kind === 'policy' ? [binding.policy, binding.group] : [binding.group, binding.policy];
  return own === pk && !other && !binding.user;
}
