import { retained } from '../../domain/backup/retention.js';
import { Failure } from '../../ports/failure.js';
import type {
  AdmittedBackup,
  DestinationProblem,
  PruneGrant,
  PrunePlan,
  PruneRequest,
} from '../../workflows/contracts/backup.js';
import type { Dependencies } from '../dependencies.js';
import type { Caller } from '../trust/caller.js';
import { sealOf } from '../trust/seal.js';
import { openDestination, type Destinations } from './destinations.js';
import { grantedOf, recordEnd, type Admitted } from './end.js';
import type { Attempt } from './pack.js';
import { pruneGrantSeal } from './seals.js';

/** Returns what a request to remove backups may remove, and why the rest stays. */
export async function admitPrune(
  deps: Dependencies,
  { caller, proof = null }: Admitted,
  request: PruneRequest,
  { opened, problems }: Destinations,
): Promise<AdmittedBackup> {
  if (Object.values(request.rules).every((rule) => rule === undefined)) {
    throw new Failure('invalid', 'no rule says which backups to keep', {
      hint: 'Give one, such as: hecate backup prune --destination /backup/hecate/ --keep-last 7',
    });
  }
  const plans: PrunePlan[] = [];
  for (const { place, store } of opened) {
    const [{ records }, proofs, latest] = await Promise.all([store.list(), store.proofs(), store.latest()]);
    const now = deps.now();
    const kept = retained({ records, proofs }, { rules: request.rules, now, latest: latest?.name ?? null });
    plans.push({
      place,
      kept: kept.filter(({ why }) => why.length > 0).map(({ record, why }) => ({ name: record.name, why })),
      // The newest first: no backup stays that needs a removed one.
      removed: kept
        .filter(({ why }) => why.length === 0)
        .map(({ record: { name, bytes } }) => ({ name, bytes }))
        .reverse(),
    });
  }
  if (request.isDryRun) return { kind: 'prune-preview', plans, problems };
  const removed = plans.map(({ place, removed }) => ({ place, names: removed.map(({ name }) => name) }));
  const grant = { request: grantedOf(request, proof), removed, problems };
  return { kind: 'prune', plans, grant: { ...grant, seal: sealOf(deps, pruneGrantSeal(caller, grant)) } };
}

/** Removes the backups of a grant at one destination, and returns the names of those that are gone. Idempotent. */
export async function removeBackups(
  deps: Dependencies,
  { grant, place }: { readonly grant: PruneGrant; readonly place: string },
  { signal }: Pick<Attempt, 'signal'>,
): Promise<readonly string[]> {
  const names = grant.removed.find((one) => one.place === place)?.names ?? [];
  const store = await openDestination(deps, place);
  await store.tidy({ now: deps.now() });
  const { records } = await store.list();
  const gone: string[] = [];
  for (const name of names) {
    if (signal.aborted) throw new Failure('unavailable', 'removing was stopped');
    const record = records.find((one) => one.name === name);
    if (record !== undefined) await store.remove(record);
    gone.push(name);
  }
  return gone;
}

/** Records how removing backups ended. */
export async function endPrune(
  deps: Dependencies,
  caller: Caller,
  {
    grant,
    problems,
    isCancelled,
  }: { readonly grant: PruneGrant; readonly problems: readonly DestinationProblem[]; readonly isCancelled: boolean },
): Promise<void> {
  const result = isCancelled ? 'cancelled' : problems.length > 0 ? 'failed' : 'completed';
  const counts = grant.removed.map(({ place, names }) => `${place}: ${names.length} to remove`);
  const why = problems.map(({ place, message }) => `failed: ${place}: ${message}`);
  await recordEnd(deps, caller, grant.request, { result, detail: [...counts, ...why].join('; ') });
}
