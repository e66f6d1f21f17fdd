import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { PROGRESS_QUERY, type Progress } from '../../workflows/contracts/operation.js';
import { createProgressOutput, type ProgressOutput } from '../print/progress-output.js';
import { toStderr } from '../print/visible.js';
import { retryReason } from './retry-reason.js';

const EVERY_MS = 250;
/** A look that takes longer is given up; without a worker a query would hang. */
const LOOK_MS = 1_000;
const TROUBLE_EVERY_LOOKS = 4;
const WORKER_PATIENCE_MS = 3_000;

/**
 * Shows an operation's steps as they complete, what is tried again, and that no worker takes it up. Whoever follows must
 * wait for `stop` before the connection is closed: a look under way would use it.
 */
export function showProgress(
  handle: WorkflowHandle,
  environment: string,
  output: ProgressOutput = createProgressOutput(),
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const silence = noticeSilence('no worker has answered for 3 s; it goes on when one runs', output);
  const seen = { lines: 0, trouble: null as string | null };
  const look = async (withTrouble: boolean) => {
    const { step, lines } = await handle.query<Progress, []>(PROGRESS_QUERY);
    silence.stop();
    const trouble = withTrouble ? await retryReason(handle, environment) : seen.trouble;
    if (stopping.signal.aborted) return;
    for (const line of lines.slice(seen.lines)) output.happened(line);
    if (trouble !== null && trouble !== seen.trouble) output.happened(`${trouble}; trying again`);
    else if (trouble === null) output.present([`${step} …`, ...lines.slice(-1)].join('  '));
    Object.assign(seen, { lines: Math.max(seen.lines, lines.length), trouble });
  };
  const looking = (async () => {
    for (let count = 1; await paused(stopping.signal); count++) {
      const deadline = Date.now() + LOOK_MS;
      const looked = handle.client.withDeadline(deadline, () => look(count % TROUBLE_EVERY_LOOKS === 0));
      await looked.catch(() => undefined);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      silence.stop();
      await looking;
      output.clear();
    },
  };
}

/**
 * Follows something to its end with its progress shown; `end` clears that before it prints. Ctrl-C leaves it running, and
 * says so.
 */
export async function followed<T>(
  what: 'operation' | 'reconcile',
  { handle, environment }: { readonly handle: WorkflowHandle; readonly environment: string },
  end: (clear: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const output = createProgressOutput();
  const id = handle.workflowId;
  const detach = () => {
    output.clear();
    toStderr(`\ndetached; the ${what} goes on\nFollow it: hecate follow ${id}\nCancel it: hecate cancel ${id}`);
    process.exit(130);
  };
  process.once('SIGINT', detach);
  const progress = showProgress(handle, environment, output);
  try {
    return await end(() => progress.stop());
  } finally {
    await progress.stop();
    process.removeListener('SIGINT', detach);
  }
}

/** Says something after three seconds without an answer, and where to look. */
export function noticeSilence(text: string, output: ProgressOutput = createProgressOutput()): { stop(): void } {
  const notice = () => output.happened(`${text} (hecate status)`);
  const timer = setTimeout(notice, WORKER_PATIENCE_MS).unref();
  return { stop: () => clearTimeout(timer) };
}

/** False at once when it is stopped. */
function paused(signal: AbortSignal): Promise<boolean> {
  return sleep(EVERY_MS, true, { signal }).catch(() => false);
}
