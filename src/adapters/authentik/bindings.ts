import type { Application, PolicyBinding } from './generated-client.js';
import type { RuleSubjects, Work } from './rules.js';

/**
 * Binds an application to exactly what its rule says. New bindings come before old ones go, so that it is never without;
 * a binding that is there twice, switched off or turned round counts as wrong.
 */
export async function provideBindings(work: Work, application: Application, rule: RuleSubjects): Promise<void> {
  const { api, lookup, writer } = work;
  const existing = await lookup.bindings(application.pk);
  const wanted = [
    ...rule.policies.map((policy) => ({ policy })),
    ...rule.groups.map((group) => ({ group })),
  ] as readonly { policy?: string; group?: string }[];
  const kept = new Set<PolicyBinding>();
  for (const [order, subject] of wanted.entries()) {
    const found = existing.find((binding) => !kept.has(binding) && isGood(binding) && isAbout(binding, subject));
    if (found) {
      kept.add(found);
      continue;
    }
    const policyBindingRequest = { target: application.pk, order: order * 10, ...subject, failureResult: false };
    await writer.write(`bind application ${application.slug}`, () =>
      api.policies.policiesBindingsCreate({ policyBindingRequest }),
    );
  }
  for (const binding of existing) {
    if (kept.has(binding)) continue;
    await writer.write(`remove a binding of application ${application.slug}`, () =>
      api.policies.policiesBindingsDestroy({ policyBindingUuid: binding.pk }),
    );
  }
}

function isGood({ enabled, negate, failureResult }: PolicyBinding): boolean {
  return enabled !== false && negate !== true && failureResult !== true;
}

function isAbout(binding: PolicyBinding, { policy, group }: { policy?: string; group?: string }): boolean {
  return (binding.policy ?? undefined) === policy && (binding.group ?? undefined) === group && !binding.user;
}
