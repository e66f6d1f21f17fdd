import { basesOf } from '../../domain/backup/base.js';
import type { BackupRecord } from '../../domain/backup/manifest.js';
import { shippedName } from '../../domain/backup/shipped.js';
import { actorIn } from '../../domain/log/commit.js';
import { all, type State } from '../../domain/log/state.js';
import { prefixIn } from '../../domain/values/environment-name.js';
import { isS3 } from '../../domain/values/backup-destination.js';
import type { BackupStore } from '../../ports/backup/backups.js';
import { Failure } from '../../ports/failure.js';
import { backupWorkflowId, type BackupGrant, type BackupRequest } from '../../workflows/contracts/backup.js';
import type { ShippingPause, ShippingState } from '../../workflows/contracts/continuous-backup.js';
import type { Dependencies } from '../dependencies.js';
import type { Caller } from '../trust/caller.js';
import { sealedRequest } from '../trust/sealed-request.js';
import { WORKER } from '../trust/verify-request.js';
import { openDestination } from './destinations.js';
import { firstOfOwnPast } from './own-past.js';
import { spooled } from './pack.js';

/** Dependencies for shipping commits. */
export type Shipping = Dependencies;

/** Progress callback, abort signal and clock (in milliseconds) of an attempt. */
export interface ShippingAttempt {
  readonly signal: AbortSignal;
  readonly report: (states: readonly ShippingState[]) => void;
  readonly clock: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

const LOOK_EVERY_MS = 500;
/** A commit waits this long for its outcome, so that a restore has both. */
const OUTCOME_WITHIN_MS = 2_000;
/** The workflow then looks at the destinations anew. */
const LONGEST_RUN_MS = 10 * 60_000;
const SHORTEST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 60_000;
const CHECKED_EVERY_MS = 60_000;

/** A destination of a continuous schedule. */
interface Target {
  readonly schedule: string;
  readonly place: string;
  readonly createdBy: string;
}

/** State of a destination during continuous backups. */
interface Tracked extends Target {
  store: BackupStore | null;
  /** The newest backup there. */
  base: Pick<BackupRecord, 'name' | 'sha256' | 'range'> | null;
  /** The last shipment had a commit without its outcome. */
  hadOpen: boolean;
  shippedAt: string | null;
  waitingSince: string | null;
  problem: string | null;
  pauseMs: number;
  retryAtMs: number;
  checkedAtMs: number;
}

/**
 * Ships the commits of the log to every destination of the continuous schedules as they come. Returns after ten minutes, when a
 * destination needs a full backup, and when no such schedule runs. A destination that fails is tried again with growing pauses;
 * what waits for it goes in one increment then. Outcomes alone cause no shipment, and shipments write nothing into the log.
 */
export async function shipCommits(deps: Shipping, caller: Caller, attempt: ShippingAttempt): Promise<ShippingPause> {
  const { signal, report, clock, sleep } = attempt;
  const tracked = new Map<string, Tracked>();
  const untilMs = clock() + LONGEST_RUN_MS;
  while (clock() < untilMs && !signal.aborted) {
    const { state, logId } = await deps.log.view();
    const targets = targetsIn(state);
    if (targets.length === 0) {
      deps.shipping.set([]);
      return { kind: 'idle' };
    }
    follow(tracked, targets);
    for (const one of tracked.values()) {
      if (clock() < one.retryAtMs || signal.aborted) continue;
      const needsFull = await tried(one, clock, () => shipTo(deps, one, { state, logId, attempt }));
      if (needsFull === true) return { kind: 'full', request: await fullRequest(deps, caller, one) };
    }
    const states = [...tracked.values()].map(stateOf);
    report(states);
    deps.shipping.set(states);
    await sleep(LOOK_EVERY_MS);
  }
  return { kind: 'again' };
}

/** Returns the destinations of the continuous schedules that run, each once. */
export function targetsIn(state: State): readonly Target[] {
  const targets = new Map<string, Target>();
  for (const { name, createdBy, value } of all(state, 'Schedule')) {
    const { action, paused } = value;
    if (action.kind !== 'backup' || !action.continuous || paused !== null) continue;
    for (const place of action.destination) {
      if (!targets.has(place)) targets.set(place, { schedule: name, place, createdBy });
    }
  }
  return [...targets.values()];
}

function follow(tracked: Map<string, Tracked>, targets: readonly Target[]): void {
  for (const place of tracked.keys()) if (!targets.some((one) => one.place === place)) tracked.delete(place);
  for (const target of targets) {
    if (tracked.has(target.place)) continue;
    tracked.set(target.place, {
      ...{ ...target, store: null, base: null, hadOpen: false, shippedAt: null, waitingSince: null },
      ...{ problem: null, pauseMs: SHORTEST_RETRY_MS, retryAtMs: 0, checkedAtMs: 0 },
    });
  }
}

/** Runs an attempt at a destination. A failure is kept as its problem; the next attempt comes after a pause. */
async function tried(one: Tracked, clock: () => number, run: () => Promise<boolean>): Promise<boolean | null> {
  try {
    const result = await run();
    one.problem = null;
    one.pauseMs = SHORTEST_RETRY_MS;
    return result;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { hint } = error.details;
    one.problem = hint === undefined ? error.message : `${error.message}. ${hint}`;
    // The credentials may be other ones by then.
    one.store = null;
    one.retryAtMs = clock() + one.pauseMs;
    one.pauseMs = Math.min(LONGEST_RETRY_MS, one.pauseMs * 2);
    return null;
  }
}

interface Now {
  readonly state: State;
  readonly logId: string;
  readonly attempt: ShippingAttempt;
}

/** Ships what a destination does not have. Returns true when it needs a full backup first. */
async function shipTo(deps: Shipping, one: Tracked, { state, logId, attempt }: Now): Promise<boolean> {
  const { clock } = attempt;
  const head = state.head?.sequence ?? 0;
  const isBehind = () => one.base === null || head > (one.base.range?.to ?? 0);
  if (isBehind()) one.waitingSince ??= deps.now();
  if (one.store === null) {
    one.store = await openDestination(deps, one.place);
    const known = basesOf(await recordsIn(one.store, one.place), logId, null);
    one.base = (await firstOfOwnPast(deps, known)) ?? null;
  }
  if (one.base === null) return true;
  const [isOpen, isNew] = [state.open.size > 0, isBehind()];
  if (!isNew) one.waitingSince = null;
  const hasEnded = one.hadOpen && !isOpen;
  const waitedMs = Date.parse(deps.now()) - Date.parse(one.waitingSince ?? deps.now());
  const isRipe = isNew && (!isOpen || waitedMs >= OUTCOME_WITHIN_MS);
  if (isRipe || hasEnded) await shipped(deps, one, { logId, attempt });
  else if (clock() - one.checkedAtMs >= CHECKED_EVERY_MS) {
    one.checkedAtMs = clock();
    await keepLatest(one.store, one.base);
  }
  return false;
}

/** A folder that does not exist yet is made by the full backup with which shipping begins. */
async function recordsIn(store: BackupStore, place: string): Promise<readonly BackupRecord[]> {
  try {
    return (await store.list()).records;
  } catch (error) {
    if (error instanceof Failure && error.kind === 'missing' && !isS3(place)) return [];
    throw error;
  }
}

/** Packs the messages since the last backup, sends them, and makes them the latest backup. */
async function shipped(deps: Shipping, one: Tracked, { logId, attempt }: Omit<Now, 'state'>): Promise<void> {
  const { store, base } = one;
  if (store === null || base?.range == null) return;
  const { state, last } = await endOfLog(deps);
  const from = base.range.to + 1;
  if (last < from) {
    one.hadOpen = false;
    return;
  }
  const environment = { ...deps.backups.environment, logId };
  const createdAt = deps.now();
  const backup: BackupGrant['backup'] = {
    name: shippedName({ environment: environment.name, createdAt, from, to: last }),
    ...{ kind: 'incremental', createdAt, environment, components: 'all' },
    range: { from, to: last, head: state.head },
    parent: { name: base.name, to: base.range.to },
    recipients: [...(await deps.backups.identity.recipients())],
  };
  const run = spoolRun(one.place, deps.sha256);
  const { record } = await spooled(deps, run, { backup }, { signal: attempt.signal, report: () => undefined });
  await store.put(deps.backups.spool.path(run, record.file), record, { signal: attempt.signal });
  await store.setLatest({ format: 'hecate-backup-latest', version: 1, name: record.name, sha256: record.sha256 });
  deps.backups.spool.clear(run);
  one.base = record;
  one.hadOpen = state.open.size > 0;
  [one.shippedAt, one.waitingSince] = [deps.now(), null];
}

/** Returns the state and the end of the log of one moment: the state is that of the newest commit up to `last`. */
async function endOfLog({ log, backups }: Shipping) {
  for (;;) {
    const { last } = await backups.log.end();
    const { state } = await log.view();
    if ((state.head?.sequence ?? 0) <= last) return { state, last };
  }
}

/** A backup that began before the last shipment ends after it, and then `latest` names the older one. */
async function keepLatest(store: BackupStore, base: NonNullable<Tracked['base']>): Promise<void> {
  const latest = await store.latest();
  if (latest === null || latest.name === base.name) return;
  const { records } = await store.list();
  const named = records.find(({ name }) => name === latest.name);
  if ((named?.range?.to ?? 0) >= (base.range?.to ?? 0) || !records.some(({ name }) => name === base.name)) return;
  await store.setLatest({ format: 'hecate-backup-latest', version: 1, name: base.name, sha256: base.sha256 });
}

const SHORT_HASH = 16;

function spoolRun(place: string, sha256: (text: string) => string): string {
  return `continuous-${sha256(place).slice(0, SHORT_HASH)}`;
}

/** Returns the sealed request of the full backup that a destination needs before increments. */
async function fullRequest(
  deps: Shipping,
  { workflowId }: Caller,
  { place, schedule, createdBy }: Target,
): Promise<BackupRequest> {
  const { actor, onBehalfOf = actor } = actorIn(createdBy);
  const request: BackupRequest = {
    ...{ id: deps.newId(), operation: 'backup.full', subject: place, isDryRun: false },
    destinations: [{ place, stagedAccess: null }],
    ...{ since: null, isFullIfNone: false, components: null, isEncrypted: true, lockDays: null },
    ...{ actor: WORKER, onBehalfOf, reason: `schedule ${schedule}` },
  };
  return sealedRequest(deps, { purpose: 'backup', workflowId: backupWorkflowId(prefixIn(workflowId)), request });
}

function stateOf({ schedule, place, base, shippedAt, waitingSince, problem }: Tracked): ShippingState {
  return { schedule, place, shippedTo: base?.range?.to ?? null, shippedAt, waitingSince, problem };
}
