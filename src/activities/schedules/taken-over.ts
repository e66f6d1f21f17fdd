import type { Dependencies } from '../dependencies.js';

type Log = Dependencies['log'];

/** Id of the outcome that ends the take-over. No request has it, since ids of requests contain no space. */
const ID = 'take-over of older versions';
const OPERATION = 'state.take-over';

/** Returns true when the log says that what versions before 0.6 left in Temporal was taken over. */
export async function isTakenOver(log: Pick<Log, 'outcome'>): Promise<boolean> {
  const outcome = await log.outcome(ID);
  return outcome?.result === 'completed' && outcome.attempt?.operation === OPERATION;
}

/**
 * Returns true when a version before 0.6 began the log. This version begins one with the first operator, since nobody else
 * may commit anything; the first commit of an older one has none. An empty log is not older.
 */
export async function beganBeforeOperators(log: Pick<Log, 'entries'>): Promise<boolean> {
  for await (const { message } of log.entries())
    if (message.type === 'committed') return message.changes.every(({ kind }) => kind !== 'Operator');
  return false;
}

/** Records the end of the take-over, with what was taken along. The first record stays. */
export async function recordTakenOver(
  { log, now }: Pick<Dependencies, 'log' | 'now'>,
  { schedules, workflows }: { readonly schedules: readonly string[]; readonly workflows: number },
): Promise<void> {
  const ended = `ended ${workflows} workflows of an older version in temporal`;
  await log.record({
    ...{ id: ID, at: now(), result: 'completed', detail: null, behind: [] },
    attempt: {
      ...{ operation: OPERATION, subject: '', actor: 'hecate', workflowId: ID },
      reason: [ended, ...schedules].join('; ').slice(0, LONGEST),
    },
  });
}

const LONGEST = 4_000;
