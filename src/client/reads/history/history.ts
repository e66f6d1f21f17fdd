import { z } from 'zod';
import { actorText, type Commit, type LogEntry, type Outcome } from '../../../domain/log/commit.js';
import { supersededText } from '../../../domain/log/later-change.js';
import type { LogReader } from '../../../ports/event-log.js';
import { drawnChange } from '../../print/drawn-change.js';
import { painted } from '../../print/painted.js';
import { relativeTime } from '../../print/relative-time.js';
import { oneLine } from '../../print/visible.js';
import {
  historyFilter,
  OUTCOMES,
  shownChanges,
  touchedBy,
  type HistoryFilter,
  type HistoryFilters,
} from './history-filter.js';
import type { FlagMeta } from '../../../operations/operation.js';
import { defineRead } from '../read.js';

const text = (description: string, placeholder: string, meta: FlagMeta = {}) =>
  z
    .string()
    .optional()
    .describe(description)
    .meta({ placeholder, ...meta });

const USUAL_LIMIT = 20;

/** Shows commits and what was attempted without one, newest first. */
export const history = defineRead({
  path: ['history'],
  summary: 'Show who changed what, when and why, and how it ended',
  examples: [
    'history --domain app.example.com --limit 5',
    'history --resource Upstream/api-backend --from "1d ago"',
    'history --outcome refused --from "1d ago"',
    'history --actor ada --operation route.update --from "2024-01-15 22:00" --to "2024-01-16 06:00"',
  ],
  input: z
    .strictObject({
      domain: text('only commits that concern this domain', 'domain', { names: 'Route' }),
      resource: text('only commits that concern this resource, such as Upstream/api-backend', 'kind/name', {
        names: 'Resource',
      }),
      actor: text('only commits of this operator, or for this person or program', 'name', { names: 'Actor' }),
      operation: text('only this operation, such as route.update', 'key'),
      outcome: z.enum(OUTCOMES).optional().describe('only operations that ended so').meta({ placeholder: 'outcome' }),
      from: text('only from this time or sequence on', 'time'),
      to: text('only up to this time or sequence', 'time'),
      limit: z
        .int()
        .min(1)
        .optional()
        .describe(`the newest N commits (default: ${USUAL_LIMIT})`)
        .meta({ placeholder: 'n' }),
      all: z.boolean().optional().describe('all of them, refused operations included'),
    })
    .refine(({ limit, all }) => limit === undefined || all !== true, '--limit and --all exclude each other'),
  shape: historyShape,
  async answer({ limit, all, ...filters }, { withLog, now }) {
    const filter = historyFilter(filters, new Date(now));
    const most = all ? Infinity : (limit ?? USUAL_LIMIT);
    const isFiltered = Object.values(filters).some((value) => value !== undefined);
    const wanted = { filter, most, showsRefused: all === true || isFiltered };
    const rows = await withLog((log) => newestRows(log, wanted));
    const isCut = limit === undefined && rows.length === most && (rows.at(-1)?.place ?? 0) > 1;
    return {
      data: rows.map(({ place: _, ...row }) => row),
      text: () => (rows.length === 0 ? 'no commits' : rows.flatMap((row) => drawn(row, filters, now)).join('\n')),
      isLong: true,
      talk: isCut ? [`the newest ${most} commits; add --all for the older ones, or --limit N`] : [],
    };
  },
});

function historyShape(): z.ZodType {
  const row = z.strictObject({
    sequence: z.int().nullable(),
    id: z.string(),
    at: z.iso.datetime(),
    actor: z.string(),
    onBehalfOf: z.string().optional(),
    reason: z.string().nullable(),
    operation: z.string(),
    workflowId: z.string(),
    subject: z.string().nullable(),
    outcome: z.enum(OUTCOMES),
    detail: z.string().nullable(),
    changes: z.array(z.looseObject({ kind: z.string(), name: z.string() })),
    undoes: z.string().optional(),
    supersedes: z.array(z.looseObject({ resource: z.string(), field: z.string() })).optional(),
  });
  return z.array(row);
}

/** An operation with its end. */
interface Row extends Pick<
  Commit,
  'id' | 'at' | 'actor' | 'onBehalfOf' | 'reason' | 'operation' | 'workflowId' | 'changes' | 'undoes' | 'supersedes'
> {
  /** Place in the log, also of an attempt without a commit. */
  readonly place: number;
  /** Null: nothing was committed. */
  readonly sequence: number | null;
  /** Domain or name that was to be changed; null: the changes say it. */
  readonly subject: string | null;
  readonly outcome: (typeof OUTCOMES)[number];
  /** The reason of this end; null: it was as planned. */
  readonly detail: string | null;
}

function drawn(row: Row, filters: HistoryFilters, now: string): string[] {
  const { sequence, at, operation, subject, outcome, id, reason, detail, changes, undoes, supersedes = [] } = row;
  const { shown, others } = shownChanges(changes, filters);
  const result = outcome === 'completed' ? outcome : painted(outcome === 'open' ? 'yellow' : 'red', outcome);
  const ended = undoes === undefined ? result : `undo of ${undoes}`;
  const what = subject === null || subject === '' ? operation : `${operation} ${subject}`;
  return [
    `${sequence ?? '–'}  ${relativeTime(at, now)}  ${oneLine(what)}  ${ended}  by ${oneLine(actorText(row))}  ${painted('dim', id)}`,
    ...(detail === null || (outcome === 'completed' && sequence !== null) ? [] : [`      ${oneLine(detail)}`]),
    ...whyOf(reason, changes),
    ...supersedes.map((change) => `      ${supersededText(change, (time) => relativeTime(time, now))}`),
    ...shown.flatMap((change) => drawnChange(change, '      ')),
    ...(others > 0 ? [`      and ${others} other changes: hecate history --from ${sequence} --to ${sequence}`] : []),
  ];
}

/** Returns the reason. A missing one is shown only for a bypass of sign-in, which should have one. */
function whyOf(reason: string | null, changes: Commit['changes']): string[] {
  if (reason !== null) return [`      why: ${oneLine(reason)}`];
  return changes.some(({ kind, after }) => kind === 'Bypass' && after) ? ['      why: no reason given'] : [];
}

/** The rows to find. */
interface Wanted {
  readonly filter: HistoryFilter;
  readonly most: number;
  readonly showsRefused: boolean;
}

/** Returns the newest rows that are meant, newest first. Reads back only until it has enough of them. */
async function newestRows(log: LogReader, { filter, most, showsRefused }: Wanted): Promise<Row[]> {
  const rows: Row[] = [];
  // An outcome stands after its commit, so it is read first.
  const outcomes = new Map<string, Outcome>();
  const isMeant = (row: Row) => {
    const changes = row.sequence === null ? touchedBy({ ...row, subject: row.subject ?? '' }) : row.changes;
    return (showsRefused || row.outcome !== 'refused') && filter.isMeant({ ...row, changes });
  };
  for await (const { position, message } of log.entriesBackwards()) {
    const place = position.sequence;
    if (message.type === 'ended') outcomes.set(message.id, message);
    const row = rowOf(place, message, outcomes);
    if (row === null) continue;
    // Only commits are in the order of time.
    if (row.sequence !== null && filter.isTooOld(row)) break;
    if (isMeant(row)) rows.push(row);
    if (rows.length >= most) break;
  }
  return rows;
}

/** Returns the row of a message; null: another message, before it in the log, is the row. */
function rowOf(place: number, message: LogEntry['message'], outcomes: ReadonlyMap<string, Outcome>): Row | null {
  const ended = outcomes.get(message.id);
  if (message.type === 'committed') {
    const { type: _, previous: __, proof: ___, from: ____, ...commit } = message;
    const outcome: Row['outcome'] = commit.undoes === undefined ? (ended?.result ?? 'open') : 'completed';
    return { place, sequence: place, ...commit, subject: null, outcome, detail: ended?.detail ?? null };
  }
  // An operation that was undone or is stuck has a commit, or the entry that blocks its id.
  const isHere = message.type === 'aborted' || !(message.result === 'undone' || message.result === 'stuck');
  if (!isHere || ended?.attempt === undefined) return null;
  const { id, at, result, detail, attempt } = ended;
  const { isAutomatic: _, proof: __, from: ___, ...facts } = attempt;
  return { place, sequence: null, id, at, ...facts, changes: [], outcome: result, detail };
}
