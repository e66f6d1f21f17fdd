import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { z } from 'zod';
import { createLogReader } from '../../adapters/log/log-reader.js';
import { withoutPrefix } from '../../domain/values/environment-name.js';
import { Failure } from '../../ports/failure.js';
import type { LogReader } from '../../ports/event-log.js';
import { cliNats, type Connections } from '../../stack/connections.js';
import type { OperationResult } from '../../workflows/contracts/operation.js';
import { endingOf, TERMINATED, type Ending } from './ending.js';
import { shortIdOf } from './operation-id.js';

/** Longest time (ms) that the log may take to show an outcome, as one that is kept by several servers can. */
const PATIENCE_MS = 2_000;
const PAUSE_MS = 100;

/**
 * Waits for the end of an operation as {@link endingOf} does, and compares it with the log: whoever reaches Temporal can run a
 * worker that reports anything. Throws `lost` when a result has another shape than a worker's, or when the log has no such
 * commit and outcome, and `unavailable` when the log does not answer.
 */
export async function provenEnding(handle: WorkflowHandle, connections: Connections): Promise<Ending> {
  // Opened while the operation runs, so that its end need not wait.
  const log = reopened(() => createLogReader(cliNats(connections)));
  try {
    const ending = await endingOf(handle);
    const { result } = ending;
    if (!isResult(result, shortIdOf(handle))) throw unproven(handle, 'its result is none of a worker of Hecate');
    if (result.detail === TERMINATED) return await withoutCommit(ending, log);
    if (result.result !== 'completed') return ending;
    const isProven = await log
      .ask((reader) => hasCompleted(reader, result))
      .catch((cause: unknown) => {
        throw new Failure('unavailable', `${name(handle)} says "completed", and the log does not answer`, {
          ...{ system: 'nats', hint: `Ask again when it does: hecate follow ${name(handle)}`, cause },
        });
      });
    if (!isProven) throw unproven(handle, `it says "completed", and the log does not`);
    return ending;
  } finally {
    await log.close();
  }
}

/** A log that is opened again when a question fails: a rotation of the key of commands may end the connection in between. */
interface ReopenedLog {
  readonly ask: <T>(question: (reader: LogReader) => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
}

const REOPENED_AFTER_MS = [100, 500, 1_000];

function reopened(open: () => Promise<LogReader>): ReopenedLog {
  let opened = open();
  opened.catch(() => undefined);
  const close = () => opened.then((reader) => reader.close()).catch(() => undefined);
  return {
    async ask(question) {
      for (const pause of REOPENED_AFTER_MS) {
        try {
          return await question(await opened);
        } catch {
          await close();
          await sleep(pause);
          opened = open();
          opened.catch(() => undefined);
        }
      }
      return question(await opened);
    },
    close,
  };
}

/** A workflow that was terminated before its commit left nothing to complete or undo. */
async function withoutCommit(ending: Ending, log: ReopenedLog): Promise<Ending> {
  const { result } = ending;
  const entry = await log.ask((reader) => reader.find(result.id)).catch(() => undefined);
  if (entry !== null) return ending;
  const detail = 'its workflow was terminated before anything was committed';
  return { result: { ...result, result: 'undone', detail }, exitCode: 1 };
}

async function hasCompleted(log: Pick<LogReader, 'find' | 'outcome'>, { id, sequence }: OperationResult) {
  for (let left = PATIENCE_MS; ; left -= PAUSE_MS) {
    const [entry, outcome] = await Promise.all([log.find(id), log.outcome(id)]);
    const isCommitted = entry?.message.type === 'committed' && entry.position.sequence === sequence;
    if (isCommitted && outcome?.result === 'completed') return true;
    if (left <= 0) return false;
    await sleep(PAUSE_MS);
  }
}

const texts = z.array(z.string());
const resultSchema = z.object({
  id: z.string().optional(),
  result: z.enum(['completed', 'unchanged', 'refused', 'undone', 'stuck']),
  detail: z.string().nullish(),
  refusal: z.object({ kind: z.string(), message: z.string() }).nullish(),
  warnings: texts.optional(),
  behind: texts.optional(),
  sequence: z.int().nullish(),
  changes: z.array(z.object({})).optional(),
  steps: texts.optional(),
});

function isResult(result: OperationResult, id: string): boolean {
  const { success, data } = resultSchema.safeParse(result);
  if (!success) return false;
  return data.result !== 'completed' || (data.id === id && data.changes !== undefined);
}

function unproven(handle: WorkflowHandle, why: string): Failure {
  return new Failure('lost', `the end of ${name(handle)} cannot be trusted: ${why}`, {
    hint: 'Another program may answer for the worker in Temporal. See what the log has: hecate history --limit 5',
  });
}

function name(handle: WorkflowHandle): string {
  return withoutPrefix(handle.workflowId);
}
