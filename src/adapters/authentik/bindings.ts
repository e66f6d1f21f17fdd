import type { JsonDifference } from '../../domain/data/json.js';
import type { Application, PolicyBinding } from './generated-client.js';
import { differencesIn, foreignObject, missingObject, objectPath } from './object-paths.js';
import type { ObjectRef, RuleSubjects, IdentityWork } from './rules.js';

const GOOD = { enabled: true, negate: false, failureResult: false };

/** A policy or a group that an application is bound to. */
interface Subject extends ObjectRef {
  readonly kind: 'policy' | 'group';
}

/**
 * Makes an application's bindings exactly those of its rule. Creates new bindings before it removes old ones, so the
 * application is never without one. A duplicate, disabled or negated binding is replaced. Idempotent.
 */
export async function provideBindings(work: IdentityWork, application: Application, rule: RuleSubjects): Promise<void> {
  const { api, lookup, writer } = work;
  const existing = await lookup.bindings(application.pk);
  const wanted: readonly Subject[] = [
    ...rule.policies.map((policy) => ({ kind: 'policy' as const, ...policy })),
    ...rule.groups.map((group) => ({ kind: 'group' as const, ...group })),
  ];
  const kept = new Set<PolicyBinding>();
  // A replaced binding is reported as drift with its replacement, not a second time on removal.
  const replaced = new Set<PolicyBinding>();
  for (const [order, subject] of wanted.entries()) {
    const about = existing.filter((binding) => isAbout(binding, subject));
    const found = about.find((binding) => !kept.has(binding) && isGood(binding));
    if (found) {
      kept.add(found);
      continue;
    }
    const [wrong] = about;
    if (wrong) replaced.add(wrong);
    const path = objectPath('applications', application.slug, 'bindings', `${subject.kind} ${subject.name}`);
    const what = `bind application ${application.slug}`;
    const body = { target: application.pk, order: order * 10, [subject.kind]: subject.pk, failureResult: false };
    await writer.write({ what, repairs: () => wrongIn(path, wrong), answer: body as unknown as PolicyBinding }, () =>
      api.policies.policiesBindingsCreate({ policyBindingRequest: body }),
    );
  }
  for (const binding of existing) {
    if (kept.has(binding)) continue;
    const path = objectPath('applications', application.slug, 'bindings', subjectOf(binding));
    const repairs = () => (replaced.has(binding) ? [] : foreignObject(path, shown(binding)));
    const what = `remove a binding of application ${application.slug}`;
    await writer.write({ what, repairs, answer: undefined }, () =>
      api.policies.policiesBindingsDestroy({ policyBindingUuid: binding.pk }),
    );
  }
}

function wrongIn(path: string, found: PolicyBinding | undefined): JsonDifference[] {
  if (!found) return missingObject(path, GOOD);
  const now = shown(found);
  const fields = (Object.keys(GOOD) as (keyof typeof GOOD)[]).filter((field) => now[field] !== GOOD[field]);
  return differencesIn(path, fields, { wanted: GOOD, found: now });
}

function shown({ enabled, negate, failureResult }: PolicyBinding) {
  return { enabled: enabled !== false, negate: negate === true, failureResult: failureResult === true };
}

/** Name of a binding's subject, for example `group staff`. */
function subjectOf({ policy, policyObj, group, groupObj, user, userObj }: PolicyBinding): string {
  if (policy) return `policy ${(policyObj as { name?: string } | null)?.name ?? policy}`;
  if (group) return `group ${(groupObj as { name?: string } | null)?.name ?? group}`;
  return `user ${(userObj as { username?: string } | null)?.username ?? user}`;
}

function isGood(binding: PolicyBinding): boolean {
  const now = shown(binding);
  return now.enabled && !now.negate && !now.failureResult;
}

function isAbout(binding: PolicyBinding, { kind, pk }: Subject): boolean {
  const [own, other] = kind === 'policy' ? [binding.policy, binding.group] : [binding.group, binding.policy];
  return own === pk && !other && !binding.user;
}
