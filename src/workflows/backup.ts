import {
  ActivityCancellationType,
  ApplicationFailure,
  CancellationScope,
  defineQuery,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import { actorText } from '../domain/log/commit.js';
import type {
  BackupActivities,
  BackupEnding,
  BackupGrant,
  BackupProgress,
  BackupRequest,
  BackupResult,
  DestinationProblem,
  EndedBackup,
  MadeBackup,
  PackedBackup,
  PrunedBackups,
  PruneGrant,
  PrunePlan,
  SentBackup,
} from './contracts/backup.js';
import { PROGRESS_QUERY } from './contracts/operation.js';
import { details } from './details.js';
import { firstCause, reasonOf } from './error-reason.js';

/**
 * A dead worker is noticed by its heartbeats, and another attempt goes on. What does not answer is tried again here, so that the
 * reason is seen.
 */
const RETRY = { initialInterval: '250ms', maximumInterval: '5s', maximumAttempts: 50 };
const NOT_RETRIED = { ...RETRY, nonRetryableErrorTypes: ['unavailable'] };
const HEARTBEAT = '5s';
/** Cleaning up waits until the activity has ended. */
const WAITS = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED;

const { admitBackup } = proxyActivities<BackupActivities>({
  ...{ startToCloseTimeout: '10m', heartbeatTimeout: HEARTBEAT, retry: NOT_RETRIED, cancellationType: WAITS },
  summary: 'Verify the request, and look at the destinations',
});
const { packBackup } = proxyActivities<BackupActivities>({
  ...{ startToCloseTimeout: '24h', heartbeatTimeout: HEARTBEAT, retry: NOT_RETRIED, cancellationType: WAITS },
  summary: 'Pack and encrypt the backup',
});
const { sendBackup } = proxyActivities<BackupActivities>({
  ...{ startToCloseTimeout: '72h', heartbeatTimeout: HEARTBEAT, retry: NOT_RETRIED, cancellationType: WAITS },
  summary: 'Send the backup, and read it back',
});
const { removeBackups } = proxyActivities<BackupActivities>({
  ...{ startToCloseTimeout: '6h', heartbeatTimeout: HEARTBEAT, retry: NOT_RETRIED, cancellationType: WAITS },
  summary: 'Remove old backups',
});
const { endBackup, endPrune } = proxyActivities<BackupActivities>({
  ...{ startToCloseTimeout: '10m', heartbeatTimeout: HEARTBEAT, retry: RETRY },
  summary: 'Make it the latest backup, and record the outcome',
});

/** Pauses before another attempt at a system that did not answer. */
const PAUSES_MS = [2_000, 5_000, 15_000, 30_000];

/** Shows where a run is. */
interface Shown {
  /** Replaces the present step. */
  readonly at: (step: string) => void;
  /** Adds a sentence about what was finished. */
  readonly add: (line: string) => void;
}

/**
 * Makes a backup, or removes old ones. Packs one archive and sends it to every destination; a failure of one does not stop the
 * others. Fails with an `ApplicationFailure` when a destination failed: its type is the kind of the error, or `failed`, and its
 * first detail is the {@link BackupResult}. Cancelled, it removes what it packed and what unfinished sending left.
 */
export async function backup(request: BackupRequest): Promise<BackupResult> {
  let step = 'looking at the destinations';
  const lines: string[] = [];
  setHandler(defineQuery<BackupProgress>(PROGRESS_QUERY), () => ({ step, lines }));
  const show = () =>
    setCurrentDetails(
      details(step, [['by', actorText(request)], ['reason', request.reason], ['to', request.subject]], lines),
    ); // prettier-ignore
  const shown: Shown = {
    at: (next) => {
      step = next;
      show();
    },
    add: (line) => {
      lines.push(line);
      show();
    },
  };
  show();
  const admitted = await admitBackup(request);
  switch (admitted.kind) {
    case 'make':
      return made(admitted.grant, shown);
    case 'prune':
      return pruned(admitted.grant, admitted.plans, shown);
    case 'nothing':
      shown.at(admitted.message);
      return admitted;
    case 'preview':
    case 'prune-preview':
      shown.at('dry run, nothing was changed');
      return admitted;
  }
}

async function made(grant: BackupGrant, shown: Shown): Promise<MadeBackup> {
  const startedAt = Date.now();
  const sent: SentBackup[] = [];
  const problems: DestinationProblem[] = [];
  for (const { place, message } of grant.problems) shown.add(`failed: ${place}: ${message}`);
  const end = (kind: BackupEnding['kind'], reason: string | null = null) =>
    endBackup(grant, { kind, sent, problems, reason });
  try {
    shown.at('packing');
    const packed = await patiently(() => packBackup(grant), shown);
    const packedAt = Date.now();
    shown.add(`packed ${grant.backup.name} (${packed.bytes} bytes)`);
    shown.at('sending');
    const results = grant.places.map(async (place) => {
      try {
        sent.push(await patiently(() => sendBackup(grant, place), shown));
        shown.add(`${place} has the whole backup`);
      } catch (error) {
        if (isCancellation(error)) throw error;
        problems.push(problemOf(place, error));
        shown.add(`failed: ${place}: ${reasonOf(error)}`);
      }
    });
    await Promise.all(results);
    const sentAt = Date.now();
    shown.at('finishing');
    const ended = await end(problems.length === 0 ? 'finish' : 'fail');
    const durations = { packMs: packedAt - startedAt, sendMs: sentAt - packedAt, totalMs: Date.now() - startedAt };
    const result = resultOf(grant, packed, ended, durations);
    if (ended.problems.length > 0) throw failed(result);
    shown.at('completed');
    return result;
  } catch (error) {
    if (isCancellation(error)) await CancellationScope.nonCancellable(() => cancelled(shown, () => end('cancel')));
    // A failure of the destinations has its end.
    else if (sent.length + problems.length === 0) {
      shown.at('failed');
      await end('fail', reasonOf(error));
    }
    throw error;
  }
}

async function cancelled(shown: Shown, end: () => Promise<EndedBackup>): Promise<void> {
  shown.at('cancelling');
  const { destinations } = await end();
  const whole = destinations.filter(({ isWhole }) => isWhole).map(({ place }) => place);
  shown.add('cancelled; what was packed, and what unfinished sending left, was removed');
  if (whole.length > 0) shown.add(`the whole backup stays at ${whole.join(', ')}; latest names the one before`);
}

async function pruned(grant: PruneGrant, plans: readonly PrunePlan[], shown: Shown): Promise<PrunedBackups> {
  const problems: DestinationProblem[] = [...grant.problems];
  const gone = new Map<string, ReadonlySet<string>>();
  for (const { place } of grant.removed) {
    shown.at(`removing old backups at ${place}`);
    try {
      const names = await patiently(() => removeBackups(grant, place), shown);
      gone.set(place, new Set(names));
      shown.add(`${place}: ${names.length} removed`);
    } catch (error) {
      if (isCancellation(error)) {
        await CancellationScope.nonCancellable(() => endPrune(grant, problems, true));
        throw error;
      }
      problems.push(problemOf(place, error));
      shown.add(`failed: ${place}: ${reasonOf(error)}`);
    }
  }
  await endPrune(grant, problems, false);
  const done = plans.map((plan) => ({
    ...plan,
    removed: plan.removed.filter(({ name }) => gone.get(plan.place)?.has(name)),
  }));
  const result: PrunedBackups = { kind: 'pruned', plans: done, problems };
  if (problems.length > 0) throw failed(result);
  shown.at('completed');
  return result;
}

/** Tries again what does not answer, with growing pauses. Other failures pass. */
async function patiently<T>(run: () => Promise<T>, { add }: Pick<Shown, 'add'>): Promise<T> {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await run();
    } catch (error) {
      if (isCancellation(error) || !mayAnswerLater(error)) throw error;
      add(`${reasonOf(error)}; trying again in ${pauseMs / 1_000} s`);
      await sleep(pauseMs);
    }
  }
  return run();
}

function mayAnswerLater(error: unknown): boolean {
  const root = firstCause(error);
  // One that is not retryable has waited already.
  return root instanceof ApplicationFailure && root.type === 'unavailable' && root.nonRetryable !== true;
}

const KINDS: readonly string[] = ['invalid', 'missing', 'conflict', 'denied', 'unavailable', 'lost'];

function problemOf(place: string, error: unknown): DestinationProblem {
  const root = firstCause(error);
  const type = root instanceof ApplicationFailure ? (root.type ?? '') : '';
  const [hint] = root instanceof ApplicationFailure ? (root.details ?? []) : [];
  return {
    place,
    kind: KINDS.includes(type) ? (type as DestinationProblem['kind']) : 'unavailable',
    message: reasonOf(error),
    hint: typeof hint === 'string' ? hint : null,
  };
}

function failed(result: MadeBackup | PrunedBackups): ApplicationFailure {
  const { problems } = result;
  const kinds = new Set(problems.map(({ kind }) => kind));
  const [kind = 'failed'] = kinds;
  const message = problems.map((problem) => `${problem.place}: ${problem.message}`).join('; ');
  return ApplicationFailure.nonRetryable(message, kinds.size === 1 ? kind : 'failed', result);
}

function resultOf(
  { backup: { kind, name, createdAt, range, parent, components, recipients }, warnings }: BackupGrant,
  packed: PackedBackup,
  { destinations, problems }: EndedBackup,
  durations: MadeBackup['durations'],
): MadeBackup {
  return {
    ...{ kind: 'made', name, backupKind: kind, createdAt, range, parent, components },
    ...packed,
    isEncrypted: recipients.length > 0,
    ...{ destinations, problems, warnings, durations },
  };
}
