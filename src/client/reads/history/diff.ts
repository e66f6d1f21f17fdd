import { z } from 'zod';
import { fieldDifferences } from '../../../domain/data/fields.js';
import { stateDifference } from '../../../domain/log/hypothetical.js';
import { resourceKinds } from '../../../domain/resources/kinds.js';
import type { LogReader } from '../../../ports/event-log.js';
import { momentOf } from '../../input/moment.js';
import { drawnChange } from '../../print/drawn-change.js';
import { exitCodes } from '../../../domain/refusal.js';
import { readExitCodes } from '../../print/exit-codes.js';
import { pastState } from './past-state.js';
import { defineRead } from '../read.js';

/** Shows what differs between two moments of the log. */
export const diff = defineRead({
  path: ['diff'],
  summary: 'Show what differs between two moments, field by field',
  examples: ['diff --from "8h ago"', 'diff --from 2024-01-15T10:00:00Z --to 42 -o json'],
  exitCodes: `${readExitCodes}\n  8    with --exit-code: something differs`,
  input: z.strictObject({
    from: z.string().describe('a time, such as “2h ago”, or the sequence of a commit').meta({ placeholder: 'time' }),
    to: z.string().optional().describe('the same (default: now)').meta({ placeholder: 'time' }),
    exitCode: z.boolean().optional().describe('end with 8 when something differs'),
  }),
  shape: diffShape,
  async answer({ exitCode, ...moments }, { withLog, now }) {
    const { from, to, changes } = await withLog((log) => compared(log, moments, new Date(now)));
    const shown = changes.map((change) => ({ ...change, fields: fieldDifferences(change.before, change.after) }));
    return {
      data: { from, to, changes: shown },
      text: () =>
        changes.length === 0 ? 'no difference' : changes.flatMap((change) => drawnChange(change)).join('\n'),
      isLong: true,
      talk: [`from commit ${from.sequence}, ${from.at}`, `to   commit ${to.sequence}, ${to.at}`],
      exitCode: exitCode && changes.length > 0 ? exitCodes.wouldChange.code : 0,
    };
  },
});

async function compared(log: LogReader, moments: { from: string; to?: string | undefined }, now: Date) {
  const { state: before, ...from } = await pastState(log, momentOf('from', moments.from, now));
  const { state: after, ...to } =
    moments.to === undefined ? await present(log) : await pastState(log, momentOf('to', moments.to, now));
  return { from, to, changes: stateDifference(before, after, () => true) };
}

async function present(log: LogReader): Promise<Awaited<ReturnType<typeof pastState>>> {
  const { state } = await log.view();
  return { state, sequence: state.head?.sequence ?? 0, at: state.at ?? '' };
}

function diffShape(): z.ZodType {
  const moment = z.strictObject({ sequence: z.int(), at: z.string() });
  const value = z.looseObject({}).nullable();
  const change = z.strictObject({
    kind: z.enum(resourceKinds),
    name: z.string(),
    version: z.int(),
    before: value,
    after: value,
    fields: z.array(z.strictObject({ path: z.string(), before: z.unknown(), after: z.unknown() })),
  });
  return z.strictObject({ from: moment, to: moment, changes: z.array(change) });
}
