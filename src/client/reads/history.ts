import type { Commit, LogEntry, Outcome } from '../../domain/log/commit.js';
import { Failure } from '../../ports/failure.js';
import type { LogReader } from '../../ports/event-log.js';
import { drawnChange } from '../print/drawn-change.js';
import { painted } from '../print/painted.js';
import { print } from '../print/output.js';
import { historyFilter, shownChanges, type HistoryFilters } from './history-filter.js';
import { withLog, type Looking } from './reading.js';

/** Which commits to print. */
export interface HistoryOptions extends HistoryFilters, Pick<Looking, 'output'> {
  readonly limit?: string;
}

/** Prints commits, newest first. */
export async function showHistory(options: HistoryOptions): Promise<void> {
  const limit = options.limit === undefined ? Infinity : Number(options.limit);
  if (!(limit >= 1) || (limit !== Infinity && !Number.isInteger(limit))) {
    throw new Failure('invalid', `--limit ${options.limit}: give a whole number from 1`);
  }
  const isMeant = historyFilter(options, new Date());
  const rows = (await withLog(readCommits)).filter(isMeant).slice(0, limit);
  await print(options.output, rows, () =>
    rows.length === 0 ? 'no commits' : rows.flatMap((row) => drawn(row, options)).join('\n'),
  );
}

type Row = Awaited<ReturnType<typeof readCommits>>[number];

function drawn(row: Row, filters: HistoryFilters): string[] {
  const { sequence, at, operation, outcome, actor, id, reason, changes, undoes } = row;
  const { shown, others } = shownChanges(changes, filters);
  const result = outcome === 'completed' ? outcome : painted(outcome === 'open' ? 'yellow' : 'red', outcome);
  const ended = undoes === undefined ? result : `undo of ${undoes}`;
  return [
    `${sequence}  ${at}  ${operation}  ${ended}  by ${actor}  ${painted('dim', id)}`,
    ...whyOf(reason, changes),
    ...shown.flatMap((change) => drawnChange(change, '      ')),
    ...(others > 0 ? [`      and ${others} changes more: hecate history --from ${sequence} --to ${sequence}`] : []),
  ];
}

/** Nobody has to say why, but where sign-in was bypassed it is shown that nobody did. */
function whyOf(reason: string | null, changes: Commit['changes']): string[] {
  if (reason !== null) return [`      why: ${reason}`];
  return changes.some(({ kind, after }) => kind === 'Bypass' && after) ? ['      why: no reason given'] : [];
}

async function readCommits(log: LogReader) {
  await log.view();
  const commits: (LogEntry & { message: Commit })[] = [];
  const outcomes = new Map<string, Outcome>();
  for await (const entry of log.entries()) {
    if (entry.message.type === 'committed') commits.push(entry as LogEntry & { message: Commit });
    else if (entry.message.type === 'ended') outcomes.set(entry.message.id, entry.message);
  }
  return commits.reverse().map(({ position, message }) => {
    const { id, at, actor, reason, operation, workflowId, changes, undoes } = message;
    const outcome = message.undoes === undefined ? (outcomes.get(id)?.result ?? 'open') : 'completed';
    const what = { operation, workflowId, outcome, changes, ...(undoes === undefined ? {} : { undoes }) };
    return { sequence: position.sequence, id, at, actor, reason, ...what };
  });
}
