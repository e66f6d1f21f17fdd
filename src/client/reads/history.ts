import type { Commit, LogEntry, Outcome } from '../../domain/commit.js';
import { Failure } from '../../ports/failure.js';
import type { LogReader } from '../../ports/event-log.js';
import { difference, headline } from '../difference.js';
import { print, type OutputFormat } from '../output.js';
import { canonicalDomain, withLog } from './reading.js';

/** Prints commits, newest first. */
export async function showHistory(options: { domain?: string; limit?: string }, format: OutputFormat): Promise<void> {
  const limit = options.limit === undefined ? Infinity : Number(options.limit);
  if (!(limit >= 1) || (limit !== Infinity && !Number.isInteger(limit))) {
    throw new Failure('invalid', `--limit ${options.limit}: give a whole number from 1`);
  }
  const domain = options.domain === undefined ? undefined : canonicalDomain(options.domain);
  const rows = (await withLog(readCommits))
    .filter((row) => domain === undefined || row.changes.some((change) => change.name === domain))
    .slice(0, limit);
  await print(format, rows, () =>
    rows.length === 0
      ? 'no commits'
      : rows
          .map((row) =>
            [
              `${row.sequence}  ${row.at}  ${row.operation}  ${row.outcome}  by ${row.actor}  ${row.id}`,
              ...whyOf(row.reason, row.changes),
              ...row.changes.flatMap((change) => [
                `      ${headline(change)}`,
                ...difference(change).map((line) => `        ${line}`),
              ]),
            ].join('\n'),
          )
          .join('\n'),
  );
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
    const { id, at, actor, reason, operation, workflowId, changes } = message;
    const outcome = message.undoes === undefined ? (outcomes.get(id)?.result ?? 'open') : 'completed';
    return { sequence: position.sequence, id, at, actor, reason, operation, workflowId, outcome, changes };
  });
}
