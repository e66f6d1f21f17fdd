import { type Change, withoutBookkeeping } from '../../domain/log/commit.js';
import { deltaListText, isLarge } from '../../domain/data/delta-list.js';
import type { Plan } from '../../workflows/contracts/plan.js';
import type { Dependencies } from '../dependencies.js';
import type { SignInPlan } from './plan-sign-in.js';
import { Failure } from '../../ports/failure.js';

/** A plan with the hash by which it is approved: of its changes and of what it read. */
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

/** Whose workflows have to be told. */
function overlaysIn(changes: readonly Change[]): Pick<Plan, 'bypasses' | 'canaries'> {
  const of = (overlay: Change['kind']) => changes.filter(({ kind }) => kind === overlay).map(({ name }) => name);
  const [bypasses, canaries] = [of('Bypass'), of('Canary')];
  return { ...(bypasses.length > 0 ? { bypasses } : {}), ...(canaries.length > 0 ? { canaries } : {}) };
}

/** So many single revisions travel with a plan; beyond that it has read whole kinds. */
const MOST_READS = 500;

type Stores = Pick<Dependencies, 'blobs' | 'blobStaging'>;

/** The plan as it travels: large changes by hash, in the store where their commit will look for them. */
export async function packed({ blobs, blobStaging }: Stores, plan: Plan, isPreview: boolean): Promise<Plan> {
  if (!isLarge(plan.changes)) return plan;
  const blob = await (isPreview ? blobStaging : blobs).putList(plan.changes);
  return { ...plan, changes: [], blob, changeCount: withoutBookkeeping(plan.changes).length };
}

/** The plan with its changes. Throws `missing` when they are gone: an hour after a dry run. */
export async function unpacked({ blobs, blobStaging }: Stores, plan: Plan): Promise<Plan> {
  if (plan.blob === undefined) return plan;
  const changes = (await blobs.list(plan.blob)) ?? (await blobStaging.list(plan.blob));
  if (changes === null) throw new Failure('missing', `the changes of plan ${plan.hash} are gone`, { system: 'nats' });
  return { ...plan, changes: changes as readonly Change[] };
}

/** What a plan read, by whole kinds where it read very much. */
export function boundedReads<Key extends string>(reads: ReadonlySet<Key>): Key[] {
  if (reads.size <= MOST_READS) return [...reads];
  return [...new Set([...reads].map((key) => `${key.slice(0, key.indexOf('/'))}/*` as Key))];
}
