import { type Change, withoutBookkeeping } from '../../domain/log/commit.js';
import { deltaListText, isLarge } from '../../domain/data/delta-list.js';
import type { Plan } from '../../workflows/contracts/plan.js';
import type { Dependencies } from '../dependencies.js';
import type { SignInPlan } from './plan-sign-in.js';
import { Failure } from '../../ports/failure.js';

/** Returns a plan with the hash by which it is approved, over its changes and the revisions that it read. */
export function sealed(
  deps: Pick<Dependencies, 'sha256'>,
  id: string,
  changes: readonly Change[],
  reads: Plan['reads'],
  more: Pick<Plan, 'expect' | 'warnings' | 'claims'> & { readonly signIn: SignInPlan },
): Plan {
  const { expect, warnings, claims = [], signIn } = more;
  const hash = deps.sha256(`{"changes":${deltaListText(changes)},"reads":${JSON.stringify(reads)}}`);
  return {
    ...{ id, changes, reads, expect, warnings, hash },
    ...signIn,
    ...overlaysIn(changes),
    ...(claims.length > 0 ? { claims } : {}),
  };
}

/** Returns the overlays among the changes; their workflows must look again. */
function overlaysIn(changes: readonly Change[]): Pick<Plan, 'bypasses' | 'canaries'> {
  const of = (overlay: Change['kind']) => changes.filter(({ kind }) => kind === overlay).map(({ name }) => name);
  const [bypasses, canaries] = [of('Bypass'), of('Canary')];
  return { ...(bypasses.length > 0 ? { bypasses } : {}), ...(canaries.length > 0 ? { canaries } : {}) };
}

/** Most single revisions in a plan; beyond that it names whole kinds. */
const MOST_READS = 500;

type Stores = Pick<Dependencies, 'blobs' | 'blobStaging'>;

/** Moves large changes of a plan to a store, since a history is limited; the plan keeps their hash. */
export async function packed({ blobs, blobStaging }: Stores, plan: Plan, isPreview: boolean): Promise<Plan> {
  if (!isLarge(plan.changes)) return plan;
  const blob = await (isPreview ? blobStaging : blobs).putList(plan.changes);
  return { ...plan, changes: [], blob, changeCount: withoutBookkeeping(plan.changes).length };
}

/** Returns the plan with its changes. Throws `missing` when they have expired, an hour after a dry run. */
export async function unpacked({ blobs, blobStaging }: Stores, plan: Plan): Promise<Plan> {
  if (plan.blob === undefined) return plan;
  const changes = (await blobs.list(plan.blob)) ?? (await blobStaging.list(plan.blob));
  if (changes === null)
    throw new Failure('missing', `the changes of plan ${plan.hash} have expired`, { system: 'nats' });
  return { ...plan, changes: changes as readonly Change[] };
}

/** Returns the keys that a plan read; whole kinds (`Route/*`) when there are more than 500. */
export function boundedReads<Key extends string>(reads: ReadonlySet<Key>): Key[] {
  if (reads.size <= MOST_READS) return [...reads];
  return [...new Set([...reads].map((key) => `${key.slice(0, key.indexOf('/'))}/*` as Key))];
}
