import { z } from 'zod';
import type { Commit, LogEntry, Outcome } from '../../domain/log/commit.js';
import type { LogReader } from '../../ports/event-log.js';
import { drawnChange } from '../print/drawn-change.js';
import { painted } from '../print/painted.js';
import { historyFilter, shownChanges, type HistoryFilters } from './history-filter.js';
import { defineRead } from './read.js';

const text = (description: string, placeholder: string) =>
  z.string().optional().describe(description).meta({ placeholder });

const USUAL_LIMIT = 20;

/** Shows commits, newest first. */
export const history = defineRead({
  path: ['history'],
  summary: 'Show who changed what, when and why, and how it ended',
  examples: [
    'history --domain app.example.com --limit 5',
    'history --resource Upstream/api-backend --from "1d ago"',
    'history --actor ada --operation route.update --from "2024-01-15 22:00" --to "2024-01-16 06:00"',
  ],
  input: z
    .strictObject({
      domain: text('only commits that concern this domain', 'domain'),
      resource: text('only commits that concern this resource, such as Upstream/api-backend', 'kind/name'),
      actor: text('only commits of this actor', 'name'),
      operation: text('only this operation, such as route.update', 'key'),
      from: text('only from this time or sequence on', 'time'),
      to: text('only up to this time or sequence', 'time'),
      limit: z
        .int()
        .min(1)
        .optional()
        .describe(`the newest N commits (default: ${USUAL_LIMIT})`)
        .meta({ placeholder: 'n' }),
      all: z.boolean().optional().describe('every commit'),
    })
    .refine(({ limit, all }) => limit === undefined || all !== true, '--limit and --all exclude each other'),
  shape: historyShape,
  async answer({ limit = USUAL_LIMIT, all, ...filters }, { withLog, now }) {
    const isMeant = historyFilter(filters, new Date(now));
    const rows = (await withLog(readCommits)).filter(isMeant).slice(0, all ? undefined : limit);
    return {
      data: rows,
      text: () => (rows.length === 0 ? 'no commits' : rows.flatMap((row) => drawn(row, filters)).join('\n')),
      isLong: true,
    };
  },
});

function historyShape(): z.ZodType {
  const row = z.strictObject({
    sequence: z.int(),
    id: z.string(),
    at: z.iso.datetime(),
    actor: z.string(),
    reason: z.string().nullable(),
    operation: z.string(),
    workflowId: z.string(),
    outcome: z.enum(['completed', 'undone', 'stuck', 'open']),
    changes: z.array(z.looseObject({ kind: z.string(), name: z.string() })),
    undoes: z.string().optional(),
  });
  return z.array(row);
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
