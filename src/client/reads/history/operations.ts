import { z } from 'zod';
import { actorText } from '../../../domain/log/commit.js';
import { painted } from '../../print/painted.js';
import { relativeTime } from '../../print/relative-time.js';
import { oneLine } from '../../print/visible.js';
import type { ListedOperation } from '../../run/list-operations.js';
import { defineRead } from '../read.js';

const USUAL_LIMIT = 20;
const STATES = ['running', 'completed', 'unchanged', 'refused', 'undone', 'stuck', 'cancelled', 'failed'] as const;

/** Lists the operations that run, and those that ended, as far back as Temporal keeps them. */
export const listOperations = defineRead({
  path: ['list', 'operations'],
  summary: 'List operations, reconciles and rotations: what runs, and how the newest ones ended',
  examples: ['list operations --running', 'list operations --failed -o json'],
  input: z
    .strictObject({
      running: z.boolean().optional().describe('only those that run'),
      failed: z.boolean().optional().describe('only those that were refused, undone or cancelled, failed or are stuck'),
      limit: z
        .int()
        .min(1)
        .max(500)
        .default(USUAL_LIMIT)
        .describe(`the newest N (default: ${USUAL_LIMIT})`)
        .meta({ placeholder: 'n' }),
    })
    .refine(({ running, failed }) => !(running && failed), '--running and --failed exclude each other'),
  shape: () =>
    z.array(
      z.strictObject({
        id: z.string(),
        workflowId: z.string(),
        operation: z.string(),
        subject: z.string(),
        actor: z.string().nullable(),
        onBehalfOf: z.string().optional(),
        state: z.enum(STATES),
        detail: z.string().nullable(),
        startedAt: z.iso.datetime(),
        endedAt: z.iso.datetime().nullable(),
      }),
    ),
  async answer({ running, failed, limit }, { now }) {
    const { listedOperations } = await import('../../run/index.js');
    const operations = await listedOperations({ only: running ? 'running' : failed ? 'failed' : null, limit });
    return {
      data: operations,
      text: () =>
        operations.flatMap((one) => drawn(one, now)).join('\n') || (running ? 'nothing runs' : 'no operations'),
      talk: running ? [] : ['older ones, as far as the log goes back: hecate history --all'],
    };
  },
});

function drawn(one: ListedOperation, now: string): string[] {
  const { operation, subject, actor, onBehalfOf, state, startedAt, id, detail } = one;
  const what = subject === '' ? operation : `${operation} ${subject}`;
  const isFine = state === 'completed' || state === 'unchanged';
  const end = isFine ? state : painted(state === 'running' ? 'yellow' : 'red', state);
  const who = actor === null ? null : actorText({ actor, ...(onBehalfOf === undefined ? {} : { onBehalfOf }) });
  const by = who === null ? '' : `  by ${oneLine(who)}`;
  return [
    `${oneLine(what)}  ${end}  ${relativeTime(startedAt, now)}${by}  ${painted('dim', id)}`,
    ...(detail === null ? [] : [`      ${oneLine(detail)}`]),
  ];
}
