import { z } from 'zod';
import type { Commit, Outcome } from '../../domain/log/commit.js';
import type { LogReader } from '../../ports/event-log.js';
import { drawnChange } from '../print/drawn-change.js';
import { painted } from '../print/painted.js';
import { relativeTime } from '../print/relative-time.js';
import { historyFilter, shownChanges, type HistoryFilter, type HistoryFilters } from './history-filter.js';
import type { FlagMeta } from '../../operations/operation.js';
import { defineRead } from './read.js';

const text = (description: string, placeholder: string, meta: FlagMeta = {}) =>
  z
    .string()
    .optional()
    .describe(description)
    .meta({ placeholder, ...meta });

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
      domain: text('only commits that concern this domain', 'domain', { names: 'Route' }),
      resource: text('only commits that concern this resource, such as Upstream/api-backend', 'kind/name', {
        names: 'Resource',
      }),
      actor: text('only commits of this actor', 'name', { names: 'Actor' }),
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
  async answer({ limit, all, ...filters }, { withLog, now }) {
    const filter = historyFilter(filters, new Date(now));
    const most = all ? Infinity : (limit ?? USUAL_LIMIT);
    const rows = await withLog((log) => newestCommits(log, filter, most));
    const isCut = limit === undefined && rows.length === most && (rows.at(-1)?.sequence ?? 0) > 1;
    return {
      data: rows,
      text: () => (rows.length === 0 ? 'no commits' : rows.flatMap((row) => drawn(row, filters, now)).join('\n')),
      isLong: true,
      talk: isCut ? [`the newest ${most} commits; add --all for the older ones, or --limit N`] : [],
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

/** A commit with how its operation ended. */
interface Row extends Pick<
  Commit,
  'id' | 'at' | 'actor' | 'reason' | 'operation' | 'workflowId' | 'changes' | 'undoes'
> {
  readonly sequence: number;
  /** `open`: it has not ended. */
  readonly outcome: Outcome['result'] | 'open';
}

function drawn(row: Row, filters: HistoryFilters, now: string): string[] {
  const { sequence, at, operation, outcome, actor, id, reason, changes, undoes } = row;
  const { shown, others } = shownChanges(changes, filters);
  const result = outcome === 'completed' ? outcome : painted(outcome === 'open' ? 'yellow' : 'red', outcome);
  const ended = undoes === undefined ? result : `undo of ${undoes}`;
  return [
    `${sequence}  ${relativeTime(at, now)}  ${operation}  ${ended}  by ${actor}  ${painted('dim', id)}`,
    ...whyOf(reason, changes),
    ...shown.flatMap((change) => drawnChange(change, '      ')),
    ...(others > 0 ? [`      and ${others} other changes: hecate history --from ${sequence} --to ${sequence}`] : []),
  ];
}

/** Returns the reason. A missing one is shown only for a bypass of sign-in, which should have one. */
function whyOf(reason: string | null, changes: Commit['changes']): string[] {
  if (reason !== null) return [`      why: ${reason}`];
  return changes.some(({ kind, after }) => kind === 'Bypass' && after) ? ['      why: no reason given'] : [];
}

/** Returns the newest commits that are meant, newest first. Reads back only until it has enough of them. */
async function newestCommits(log: LogReader, { isMeant, isTooOld }: HistoryFilter, most: number): Promise<Row[]> {
  const rows: Row[] = [];
  // An outcome stands after its commit, so it is read first.
  const outcomes = new Map<string, Outcome['result']>();
  for await (const { position, message } of log.entriesBackwards()) {
    if (message.type === 'ended') outcomes.set(message.id, message.result);
    if (message.type !== 'committed') continue;
    const { type: _, previous: __, ...commit } = message;
    const outcome: Row['outcome'] = commit.undoes === undefined ? (outcomes.get(commit.id) ?? 'open') : 'completed';
    const row = { sequence: position.sequence, ...commit, outcome };
    if (isTooOld(row)) break;
    if (isMeant(row)) rows.push(row);
    if (rows.length >= most) break;
  }
  return rows;
}
