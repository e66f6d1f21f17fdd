import type { Change } from '../../domain/log/commit.js';
import { alikeText } from '../../domain/data/delta-list.js';
import type { Plan } from '../../workflows/contracts/plan.js';
import type { Dependencies } from '../dependencies.js';
import type { SignInPlan } from './plan-sign-in.js';

/** A plan with the hash by which it is approved: of its changes and of what it read. */
export function sealed(
  deps: Pick<Dependencies, 'sha256'>,
  id: string,
  changes: readonly Change[],
  reads: Plan['reads'],
  more: Pick<Plan, 'expect' | 'warnings' | 'claims'> & { readonly signIn: SignInPlan },
): Plan {
  const { expect, warnings, claims = [], signIn } = more;
  const hash = deps.sha256(`{"changes":${alikeText(changes)},"reads":${JSON.stringify(reads)}}`);
  return {
    ...{ id, changes, reads, expect, warnings, hash },
    ...signIn,
    ...overlaysIn(changes),
    ...(claims.length > 0 ? { claims } : {}),
  };
}

/** Whose workflows have to be told. */
function overlaysIn(changes: readonly Change[]): Pick<Plan, 'bypasses' | 'canaries'> {
  const of = (overlay: Change['kind']) => changes.filter(({ kind }) => kind === overlay).map(({ name }) => name);
  const [bypasses, canaries] = [of('Bypass'), of('Canary')];
  return { ...(bypasses.length > 0 ? { bypasses } : {}), ...(canaries.length > 0 ? { canaries } : {}) };
}
