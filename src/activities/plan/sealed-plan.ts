import { type Change, withoutBookkeeping } from '../../domain/log/commit.js';
import { hasRole } from '../../domain/resources/kinds.js';
import { deltaListText, isLarge } from '../../domain/data/delta-list.js';
import type { Plan } from '../../workflows/contracts/plan.js';
import type { Dependencies } from '../dependencies.js';
import type { SignInPlan } from './plan-sign-in.js';
import { Failure } from '../../ports/failure.js';

/** Parts of a plan beside its changes and reads. */
interface SealedParts extends Pick<Plan, 'expect' | 'warnings' | 'claims' | 'merge'> {
  readonly signIn: SignInPlan;
  /** Time of the decision, ISO 8601 UTC. */
  readonly now: string;
}

/**
 * Returns a plan with the hash by which it is approved, over its changes and the revisions that it read. Times and reasons
 * of overlays are decided at the run: the hash has the distance of each time from the decision, and no reason.
 */
export function sealed(
  deps: Pick<Dependencies, 'sha256'>,
  id: string,
  changes: readonly Change[],
  reads: Plan['reads'],
  more: SealedParts,
): Plan {
  const { expect, warnings, claims = [], signIn, now, merge } = more;
  const approved = changes.map((change) => withoutRunFacts(change, now));
  const hash = deps.sha256(
    `{"changes":${deltaListText(approved)},"reads":${JSON.stringify(reads)}${mergeText(merge)}}`,
  );
  return {
    ...{ id, changes, reads, expect, warnings, hash },
    ...signIn,
    ...followedIn(changes),
    ...(claims.length > 0 ? { claims } : {}),
    ...(merge === undefined ? {} : { merge }),
  };
}

/** Returns a change in the form that the hash covers. Times that were in the log before stay as they are. */
function withoutRunFacts(change: Change, now: string): Change {
  const { kind, before, after } = change;
  if (after === null || !hasRole(kind, 'overlay')) return change;
  const old: Readonly<Record<string, unknown>> = before === null ? {} : { ...before };
  const fields = Object.entries<unknown>({ ...after })
    .filter(([field]) => field !== 'reason')
    .map<[string, unknown]>(([field, value]) => [field, value === old[field] ? value : fromDecision(value, now)]);
  return { ...change, after: Object.fromEntries<unknown>(fields) } as Change;
}

const TIME = /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/;

function fromDecision(value: unknown, now: string): unknown {
  return typeof value === 'string' && TIME.test(value) ? `${Date.parse(value) - Date.parse(now)} ms` : value;
}

/** Fewest characters of a shortened hash. */
const SHORTEST_HASH = 7;

/** Returns true when a hash, or its first seven characters or more, approves a plan. */
export function approves(approved: string, { hash }: Pick<Plan, 'hash'>): boolean {
  return approved.length >= SHORTEST_HASH && hash.startsWith(approved.toLowerCase());
}

/** Includes the later changes that the plan replaces, so that the hash approves their loss too. */
function mergeText({ superseded = [], held = [] }: Partial<NonNullable<Plan['merge']>> = {}): string {
  return superseded.length + held.length === 0 ? '' : `,"merge":${JSON.stringify({ superseded, held })}`;
}

/** Returns the names of changed resources that Temporal must follow, by kind. */
function followedIn(changes: readonly Change[]): Pick<Plan, 'bypasses' | 'canaries' | 'rotations' | 'schedules'> {
  const of = (followed: Change['kind']) => changes.filter(({ kind }) => kind === followed).map(({ name }) => name);
  const [bypasses, canaries, schedules] = [of('Bypass'), of('Canary'), of('Schedule')];
  const rotations = changes.flatMap((one) => (one.kind === 'Secret' && isRotating(one) ? one.name : []));
  return {
    ...(bypasses.length > 0 ? { bypasses } : {}),
    ...(canaries.length > 0 ? { canaries } : {}),
    ...(rotations.length > 0 ? { rotations } : {}),
    ...(schedules.length > 0 ? { schedules } : {}),
  };
}

function isRotating({ before, after }: Extract<Change, { readonly kind: 'Secret' }>): boolean {
  return (before?.rotation ?? null) !== null || (after?.rotation ?? null) !== null;
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
