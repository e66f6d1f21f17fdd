import type { Claim } from '../../domain/secrets/claim.js';
import type { OperationRequest, Plan, Planned } from '../../workflows/contracts/plan.js';
import type { Caller } from './caller.js';
import { claimsSeal, planSeal } from './guards.js';
import { sealOf, type SealingValues } from './seal.js';

/** Returns the result of planning with the seals that let this run, and no other, carry it out. */
export function sealedPlanned(
  deps: SealingValues,
  caller: Caller,
  request: OperationRequest,
  planned: Planned,
): Planned {
  const withClaims = <T extends { readonly claims?: readonly Claim[] }>(value: T): T =>
    value.claims === undefined ? value : { ...value, claimsSeal: sealOf(deps, claimsSeal(caller, value.claims)) };
  const withSeal = (plan: Plan): Plan => {
    const whole = withClaims(plan);
    return { ...whole, seal: sealOf(deps, planSeal(caller, whole, request)) };
  };
  switch (planned.kind) {
    case 'planned':
    case 'committed':
      return { ...planned, plan: withSeal(planned.plan) };
    case 'unchanged':
      return withClaims(planned);
    case 'refused':
      return planned.plan === undefined ? planned : { ...planned, plan: withSeal(planned.plan) };
    case 'lost':
      return planned;
  }
}
