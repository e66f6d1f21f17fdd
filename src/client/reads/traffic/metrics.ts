import { z } from 'zod';
import { find } from '../../../domain/log/state.js';
import {
  figureLevels,
  levelFor,
  levelTimes,
  type FigureLevel,
  type RouteFigures,
} from '../../../domain/traffic/figures.js';
import { wholeSlots, type Period } from '../../../domain/traffic/period.js';
import type { Sketch } from '../../../domain/traffic/sketch.js';
import { statusClasses, summaryOf, type PartSummary, type TrafficSummary } from '../../../domain/traffic/summary.js';
import { byteSize } from '../../../domain/values/byte-size.js';
import { domainName } from '../../../domain/values/network/domain-name.js';
import { intervalMs, lookBackText } from '../../../domain/values/interval.js';
import { routeMissing } from '../../../operations/rules/route.js';
import type { FiguresSize } from '../../../ports/figures.js';
import { Failure } from '../../../ports/failure.js';
import { fieldLines, rendered, table } from '../../print/output.js';
import { relativeTime } from '../../print/relative-time.js';
import { countText, deniedText, latencyText, rateText } from '../../print/traffic-text.js';
import { oneLine } from '../../print/visible.js';
import { csvLines } from '../../traffic/metrics-csv.js';
import { openMetricsLines } from '../../traffic/open-metrics.js';
import { points, totals, type IsMeant } from '../../traffic/read-figures.js';
import { absent, defineRead, type Answer, type ReadContext } from '../read.js';

const USUAL_LAST = '1h';

/** Shows the figures of the traffic of each route over a time. */
export const readMetrics = defineRead({
  path: ['read', 'metrics'],
  summary: 'Show the traffic of each route over a time: requests, statuses, refusals, latency, upstreams and canaries',
  examples: [
    'read metrics --domain app.example.com',
    'read metrics --from "2024-01-01" --to "2024-01-31" --format prometheus',
    'read metrics --last 15m --format csv',
  ],
  input: z
    .strictObject({
      domain: domainName.optional().describe('only this route, with its top paths and clients').meta({ placeholder: 'domain', names: 'Route' }),
      from: z.string().optional().describe('from this time on').meta({ placeholder: 'time', moment: true }),
      to: z.string().optional().describe('up to this time; default: now').meta({ placeholder: 'time', moment: true }),
      last: lookBackText.optional().describe(`the time before --to; default ${USUAL_LAST}`).meta({ placeholder: 'duration' }),
      format: z.enum(['table', 'json', 'csv', 'prometheus']).optional().describe('format of the answer; csv and prometheus (OpenMetrics) have a value for each slot').meta({ placeholder: 'format' }),
    })
    .refine(({ from, last }) => from === undefined || last === undefined, '--from and --last exclude each other'), // prettier-ignore
  shape: metricsShape,
  async answer({ domain, format, ...times }, context) {
    const period = periodOf(times, Date.parse(context.now));
    const isMeant: IsMeant = (one) => domain === undefined || one === domain;
    const reading = { period, domain, isMeant };
    switch (format) {
      case 'csv':
      case 'prometheus':
        if (context.output !== 'table') {
          const hint = 'Leave out one of them.';
          throw new Failure('invalid', `--format ${format} and -o ${context.output} exclude each other`, { hint });
        }
        return { lines: (print) => printSeries(format, context, reading, print), text: () => '' };
      case 'json':
        return {
          lines: async (print) => print(await rendered('json', await dataOf(context, reading), () => '')),
          text: () => '',
        };
      case 'table':
      case undefined:
        return context.output === 'table'
          ? tableAnswer(context, reading)
          : { data: await dataOf(context, reading), text: () => '' };
    }
  },
});

interface Reading {
  readonly period: Period;
  readonly domain: string | undefined;
  readonly isMeant: IsMeant;
}

type Times = Partial<Readonly<Record<'from' | 'to' | 'last', string | undefined>>>;

/** Returns the period that the flags name, at the finest level that has it. */
function periodOf({ from, to, last = USUAL_LAST }: Times, nowMs: number): Period {
  const toMs = to === undefined ? nowMs : Date.parse(to);
  const fromMs = from === undefined ? toMs - intervalMs(last) : Date.parse(from);
  if (fromMs >= toMs) {
    throw new Failure(
      'invalid',
      `--from ${new Date(fromMs).toISOString()} is not before ${new Date(toMs).toISOString()}`,
      {
        hint: 'Give the earlier time as --from.',
      },
    );
  }
  return wholeSlots(levelFor(fromMs, toMs, nowMs), fromMs, toMs);
}

async function printSeries(
  format: 'csv' | 'prometheus',
  { withFigures }: ReadContext,
  { period, isMeant }: Reading,
  print: (line: string) => Promise<void>,
): Promise<void> {
  const { slotMs } = levelTimes[period.level];
  await withFigures(async (figures) => {
    const series = points(figures, period, isMeant);
    for await (const line of format === 'csv' ? csvLines(series, slotMs) : openMetricsLines(series, slotMs))
      await print(line);
  });
}

/** Returns the sums and the slots of each route. */
async function dataOf(context: ReadContext, { period, domain, isMeant }: Reading) {
  const { slotMs } = levelTimes[period.level];
  const slots = new Map<string, object[]>();
  const { counted, stored } = await context.withFigures(async (figures) => {
    for await (const { startMs, routes } of points(figures, period, isMeant)) {
      for (const [of, route] of routes) {
        const { lastHit: _, ...summary } = summaryOf(route, slotMs);
        const known = slots.get(of) ?? [];
        slots.set(of, known);
        known.push({ at: new Date(startMs).toISOString(), ...summary });
      }
    }
    return { counted: await totals(figures, period, isMeant), stored: await figures.size() };
  });
  if (counted.size === 0) await mustExist(context, domain);
  return {
    ...timesOf(period),
    routes: inOrder(counted).map(([of, route]) => ({
      domain: of,
      ...summaryOf(route, period.toMs - period.fromMs),
      ...(domain === undefined ? {} : { top: { paths: topOf(route.top.paths), clients: topOf(route.top.clients) } }),
      slots: slots.get(of) ?? [],
    })),
    stored,
  };
}

async function tableAnswer(context: ReadContext, { period, domain, isMeant }: Reading): Promise<Answer> {
  const { counted, stored } = await context.withFigures(async (figures) => ({
    counted: await totals(figures, period, isMeant),
    stored: await figures.size(),
  }));
  if (counted.size === 0) await mustExist(context, domain);
  const summaries = inOrder(counted).map(([of, route]) => [of, summaryOf(route, period.toMs - period.fromMs)] as const);
  const only = domain === undefined ? undefined : counted.get(domain);
  return {
    data: {},
    isLong: true,
    text: () =>
      [
        ...(summaries.length === 0 ? ['no requests'] : [routeTable(summaries, context.now), ...partTable(summaries)]),
        ...(only === undefined ? [] : [moreOf(only)]),
        placeText(period, stored),
      ].join('\n\n'),
  };
}

/** Throws `missing` for a route that neither exists nor had requests. */
async function mustExist({ look }: ReadContext, domain: string | undefined): Promise<void> {
  if (domain === undefined) return;
  const { state } = await look();
  if (!find(state, 'Route', domain)) throw absent(routeMissing(state, domain));
}

/** The routes with the most requests first. */
function inOrder(counted: ReadonlyMap<string, RouteFigures>): [string, RouteFigures][] {
  return [...counted].sort(([a, left], [b, right]) => right.requests - left.requests || (a < b ? -1 : 1));
}

type Summaries = readonly (readonly [domain: string, summary: TrafficSummary])[];

function routeTable(summaries: Summaries, now: string): string {
  // Few routes have WebSockets or visitors who went away, but the statuses add up to the requests.
  const shown = statusClasses.filter(
    (name) => (name !== '1xx' && name !== 'none') || summaries.some(([, { classes }]) => classes[name] > 0),
  );
  return table(
    [
      'ROUTE',
      'REQUESTS',
      'REQ/S',
      ...shown.map((name) => name.toUpperCase()),
      'DENIED',
      'P50',
      'P95',
      'P99',
      'LAST HIT',
    ],
    summaries.map(([domain, { requests, rate, classes, denied, latencyMs, lastHit }]) => [
      domain || NO_ROUTE,
      ...[countText(requests), rateText(rate)],
      ...shown.map((name) => countText(classes[name])),
      deniedText(denied),
      ...latencies({ latencyMs }),
      lastHit === null ? '' : relativeTime(lastHit, now),
    ]),
  );
}

/** Name of the row of requests that no route serves. */
const NO_ROUTE = '(no route)';

/** Returns the table of upstream servers and sides of canaries; none when there are none. */
function partTable(summaries: Summaries): string[] {
  const rows = summaries.flatMap(([domain, { upstreams, sides }]) => [
    ...upstreams.map((part) => [domain || NO_ROUTE, `upstream ${part.name}`, ...partCells(part)]),
    ...sides.map((part) => [domain || NO_ROUTE, `canary ${part.name}`, ...partCells(part)]),
  ]);
  return rows.length === 0 ? [] : [table(['ROUTE', 'PART', 'REQUESTS', 'ERRORS', 'P50', 'P95', 'P99'], rows)];
}

function partCells(part: PartSummary): string[] {
  return [countText(part.requests), countText(part.errors), ...latencies(part)];
}

function latencies({ latencyMs: { p50, p95, p99 } }: Pick<PartSummary, 'latencyMs'>): string[] {
  return [latencyText(p50), latencyText(p95), latencyText(p99)];
}

function moreOf({ statuses, bytes, top }: RouteFigures): string {
  return fieldLines([
    [
      'statuses',
      Object.entries(statuses)
        .map(([status, requests]) => `${status === '0' ? 'none' : status}: ${requests}`)
        .join(', '),
    ],
    ['sent', byteSize(bytes)],
    ['top paths', topLines(top.paths)],
    ['top clients', topLines(top.clients)],
  ]);
}

function topLines({ top, missed }: Sketch): string[] {
  const lines = top.map(([key, requests]) => `${requests}  ${oneLine(key)}`);
  return missed === 0 ? lines : [...lines, `(of many: each number may be up to ${missed} too low)`];
}

function topOf({ top, missed }: Sketch) {
  return { top: top.map(([key, requests]) => ({ key, requests })), missed };
}

const LEVELS: Readonly<Record<FigureLevel, string>> = { '10s': '10 s', '1m': '1 min', '1h': '1 h' };

function timesOf({ level, fromMs, toMs }: Period) {
  return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString(), level };
}

function placeText(period: Period, stored: readonly FiguresSize[]): string {
  const { from, to, level } = timesOf(period);
  const sizes = stored.map((one) => `${LEVELS[one.level]} ${byteSize(one.bytes)} in ${one.messages} messages`);
  return fieldLines([
    ['time', `${from} to ${to}, in slots of ${LEVELS[level]}`],
    ['stored', sizes.join('; ')],
  ]);
}

/** Returns the schema of a {@link TrafficSummary}. */
export function trafficShape() {
  const quantile = z.number().nullable();
  const latencyMs = z.strictObject({ p50: quantile, p95: quantile, p99: quantile });
  const part = z.strictObject({ name: z.string(), requests: z.int(), errors: z.int(), latencyMs });
  return z.strictObject({
    requests: z.int(),
    rate: z.number(),
    errors: z.int(),
    bytes: z.int(),
    statuses: z.record(z.string(), z.int()),
    classes: z.record(z.enum(statusClasses), z.int()),
    denied: z.record(z.string(), z.int()),
    latencyMs,
    upstreams: z.array(part),
    sides: z.array(part),
    lastHit: z.iso.datetime().nullable(),
  });
}

function metricsShape(): z.ZodType {
  const sketch = z.strictObject({
    top: z.array(z.strictObject({ key: z.string(), requests: z.int() })),
    missed: z.int(),
  });
  const slot = trafficShape().omit({ lastHit: true }).extend({ at: z.iso.datetime() });
  return z.strictObject({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    level: z.enum(figureLevels),
    routes: z.array(
      trafficShape().extend({
        domain: z.string(),
        top: z.strictObject({ paths: sketch, clients: sketch }).optional(),
        slots: z.array(slot),
      }),
    ),
    stored: z.array(z.strictObject({ level: z.enum(figureLevels), messages: z.int(), bytes: z.int() })),
  });
}
