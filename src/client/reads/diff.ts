import { fieldDifferences } from '../../domain/data/fields.js';
import { stateDifference } from '../../domain/log/hypothetical.js';
import type { LogReader } from '../../ports/event-log.js';
import { drawnChange } from '../print/drawn-change.js';
import { momentOf } from '../input/moment.js';
import { WOULD_CHANGE } from '../print/exit-codes.js';
import { print } from '../print/output.js';
import { toStderr } from '../print/visible.js';
import { pastState, withLog, type Looking } from './reading.js';

/** Which moments to compare. */
export interface DiffOptions extends Pick<Looking, 'output'> {
  readonly from: string;
  /** Not given: now. */
  readonly to?: string;
  /** The exit code tells whether something differs. */
  readonly exitCode?: boolean;
}

/** Prints what differs between two moments; answers the exit code. */
export async function showDiff(options: DiffOptions): Promise<number> {
  const { from, to, changes } = await withLog((log) => compared(log, options));
  const shown = changes.map((change) => ({ ...change, fields: fieldDifferences(change.before, change.after) }));
  toStderr(`from commit ${from.sequence}, ${from.at}\nto   commit ${to.sequence}, ${to.at}`);
  await print(options.output, { from, to, changes: shown }, () =>
    changes.length === 0 ? 'no difference' : changes.flatMap((change) => drawnChange(change)).join('\n'),
  );
  return options.exitCode && changes.length > 0 ? WOULD_CHANGE : 0;
}

async function present(log: LogReader): Promise<Awaited<ReturnType<typeof pastState>>> {
  const { state } = await log.view();
  return { state, sequence: state.head?.sequence ?? 0, at: state.at ?? '' };
}

async function compared(log: LogReader, options: DiffOptions) {
  const now = new Date();
  const { state: before, ...from } = await pastState(log, momentOf('from', options.from, now));
  const { state: after, ...to } =
    options.to === undefined ? await present(log) : await pastState(log, momentOf('to', options.to, now));
  return { from, to, changes: stateDifference(before, after, () => true) };
}
