import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { PROGRESS_QUERY, type Progress } from '../../workflows/contracts/operation.js';
import { withoutPrefix } from '../../domain/values/environment-name.js';
import { Failure } from '../../ports/failure.js';
import { createProgressOutput, noProgressOutput, type ProgressOutput } from '../print/progress-output.js';
import { toStderr } from '../print/visible.js';
import { stepReport, type StepReport } from './step-report.js';

const POLL_INTERVAL_MS = 250;
/** Without a worker a query would never be answered. */
const QUERY_TIMEOUT_MS = 1_000;
/** Retries are looked up at every fourth poll. */
const POLLS_PER_RETRY_LOOKUP = 4;
const WORKER_PATIENCE_MS = 3_000;
/** Without a worker's answer for this long a command stops waiting. A worker that hung is back sooner. */
const LONGEST_SILENCE_MS = 45_000;

/** Progress that is being shown. */
export interface ShownProgress {
  /**
   * Stops polling and prints the lines that were not shown yet: the last of `lines`, or without these the answer to a last
   * query. Call it before the connection is closed, since a query may be under way.
   */
  stop(lines?: readonly string[]): Promise<void>;
  /** Rejects with `unavailable` when no worker has answered for 45 s. Pending until then. */
  readonly unanswered: Promise<never>;
}

/** Shows an operation's steps as they complete, why a step is retried, and that no worker answers. */
export function showProgress(
  handle: WorkflowHandle,
  output: ProgressOutput = createProgressOutput(),
  warnings: ProgressOutput = output,
  longestSilenceMs = LONGEST_SILENCE_MS,
): ShownProgress {
  const stopping = new AbortController();
  const silence = noticeSilence('no worker has answered for 3 s; the operation continues when one runs', warnings);
  const seen = { lines: 0, retrying: null as string | null, progress: null as string | null };
  const print = (lines: readonly string[]) => {
    for (const line of lines.slice(seen.lines)) output.happened(line);
    seen.lines = Math.max(seen.lines, lines.length);
  };
  const query = () => handle.query<Progress, []>(PROGRESS_QUERY);
  let answeredAt = performance.now();
  let giveUp: (error: Failure) => void = () => undefined;
  const unanswered = new Promise<never>((_, reject) => (giveUp = reject));
  // A caller that does not wait for it must not end by it.
  unanswered.catch(() => undefined);
  const poll = async (looksUpRetries: boolean) => {
    const { step, lines } = await query();
    answeredAt = performance.now();
    silence.stop();
    const { retrying, progress }: StepReport = looksUpRetries ? await stepReport(handle) : seen;
    if (stopping.signal.aborted) return;
    print(lines);
    if (retrying !== null && retrying !== seen.retrying) output.happened(`${retrying}; trying again`);
    else if (retrying === null) output.present(progress === null ? `${step} …` : `${step}: ${progress} …`);
    seen.retrying = retrying;
    seen.progress = progress;
  };
  const withTimeout = <T>(run: () => Promise<T>) =>
    handle.client.withDeadline(Date.now() + QUERY_TIMEOUT_MS, run).catch(() => undefined);
  const polling = (async () => {
    for (let count = 1; await paused(stopping.signal); count++) {
      await withTimeout(() => poll(count % POLLS_PER_RETRY_LOOKUP === 0));
      if (performance.now() - answeredAt >= longestSilenceMs) giveUp(noWorker(handle, longestSilenceMs));
    }
  })();
  return {
    unanswered,
    async stop(lines) {
      if (stopping.signal.aborted) return;
      stopping.abort();
      silence.stop();
      await polling;
      output.clear();
      print(lines ?? (await withTimeout(query))?.lines ?? []);
    },
  };
}

/** The workflow to follow, and its options. */
export interface Followed {
  readonly handle: WorkflowHandle;
  /** Shows no steps and no retries. */
  readonly isQuiet: boolean;
  /** Pause (ms) between two lines about a step that takes long, where there is no terminal; absent: there are none. */
  readonly plainEveryMs?: number;
}

/**
 * Follows an operation, a reconcile or a backup to its end and shows its progress. `end` stops the progress before it prints the
 * result. Ctrl-C detaches: the operation continues.
 */
export async function followed<T>(
  what: 'operation' | 'reconcile' | 'backup',
  { handle, isQuiet, plainEveryMs }: Followed,
  end: (stop: ShownProgress['stop']) => Promise<T>,
): Promise<T> {
  const output = isQuiet ? noProgressOutput : createProgressOutput(process.stderr, { plainEveryMs });
  const id = withoutPrefix(handle.workflowId);
  const detach = () => {
    output.clear();
    toStderr(
      `\ndetached; the ${what} continues in the background\nFollow it: hecate follow ${id}\nCancel it: hecate cancel ${id}`,
    );
    process.exit(130);
  };
  process.once('SIGINT', detach);
  // Also with `--quiet` a person should learn that no worker runs.
  const progress = showProgress(handle, output, createProgressOutput());
  try {
    return await Promise.race([end((lines) => progress.stop(isQuiet ? [] : lines)), progress.unanswered]);
  } finally {
    await progress.stop([]);
    process.removeListener('SIGINT', detach);
  }
}

function noWorker(handle: WorkflowHandle, silentMs: number): Failure {
  const workflowId = withoutPrefix(handle.workflowId);
  const message = `no worker has answered for ${silentMs / 1_000} s; ${workflowId} waits and goes on when one runs`;
  return new Failure('unavailable', message, {
    system: 'worker',
    hint: `See what runs: hecate status. Follow it later: hecate follow ${workflowId}. Cancel it: hecate cancel ${workflowId}`,
  });
}

/**
 * Prints a line after three seconds without an answer. `isWorkedOn` is asked first, and again every three seconds while it
 * is true: a worker that is still busy with the question needs no line.
 */
export function noticeSilence(
  text: string,
  output: ProgressOutput = createProgressOutput(),
  isWorkedOn: () => Promise<boolean> = async () => false,
): { stop(): void } {
  let timer: NodeJS.Timeout | null = null;
  let isOver = false;
  const wait = () => void (timer = setTimeout(() => void notice(), WORKER_PATIENCE_MS).unref());
  const notice = async () => {
    const isBusy = await isWorkedOn().catch(() => false);
    if (isOver) return;
    if (isBusy) wait();
    else output.happened(`${text} (see: hecate status)`);
  };
  wait();
  return {
    stop: () => {
      isOver = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}

/** Waits for one interval. Returns false at once when it is aborted. */
function paused(signal: AbortSignal): Promise<boolean> {
  return sleep(POLL_INTERVAL_MS, true, { signal }).catch(() => false);
}
