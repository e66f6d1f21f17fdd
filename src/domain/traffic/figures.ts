import type { AccessEntry, RefusalReason } from './access-entry.js';
import { countingHistogram, noTimes, type CountingHistogram, type Histogram } from './histogram.js';
import { countingSketch, noKeys, type CountingSketch, type Sketch } from './sketch.js';

/** Requests to one upstream server, or on one side of a canary. */
export interface PartFigures {
  readonly requests: number;
  /** Requests for which {@link isError} is true. */
  readonly errors: number;
  /** Time until the upstream sent its headers; until the visitor had the answer where it sent none. */
  readonly latency: Histogram;
}

/** Requests to one route in one period. */
export interface RouteFigures {
  readonly requests: number;
  readonly bytes: number;
  /** Requests by exact status; `0` is a visitor who went away before an answer. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Requests that the proxy itself refused, by reason. */
  readonly refused: Readonly<Partial<Record<RefusalReason, number>>>;
  /** Milliseconds, as visitors saw them. */
  readonly latency: Histogram;
  /** By dial address. */
  readonly upstreams: Readonly<Record<string, PartFigures>>;
  /** By `<canary mark>/stable` or `<canary mark>/canary`. */
  readonly sides: Readonly<Record<string, PartFigures>>;
  /** End of the last request, ISO 8601; null: there was none. */
  readonly lastHit: string | null;
  readonly top: { readonly paths: Sketch; readonly clients: Sketch };
}

/** Levels of detail, finest first. */
export const figureLevels = ['10s', '1m', '1h'] as const;

/** One of {@link figureLevels}: the length of a slot. */
export type FigureLevel = (typeof figureLevels)[number];

/** Length of a level's slots, and the time that they are kept, ms. */
export const levelTimes: Readonly<Record<FigureLevel, { readonly slotMs: number; readonly keptMs: number }>> = {
  '10s': { slotMs: 10_000, keptMs: 86_400_000 },
  '1m': { slotMs: 60_000, keptMs: 14 * 86_400_000 },
  '1h': { slotMs: 3_600_000, keptMs: 730 * 86_400_000 },
};

/** What one proxy saw in one period. Several slots of the same period and proxy add up. */
export interface Slot {
  readonly level: FigureLevel;
  /** Start of the period, Unix ms. A request counts where it ended. */
  readonly startMs: number;
  /** Name of the proxy. */
  readonly proxy: string;
  /** By the route's domain; requests of no route are under the empty text. */
  readonly routes: Readonly<Record<string, RouteFigures>>;
}

/** The figures of one route in one slot. */
export interface FigureRow {
  /** Start of the slot, Unix ms. */
  readonly startMs: number;
  readonly domain: string;
  readonly figures: RouteFigures;
}

/** The figures of no requests. */
export const noFigures: RouteFigures = {
  requests: 0,
  bytes: 0,
  statuses: {},
  refused: {},
  latency: noTimes,
  upstreams: {},
  sides: {},
  lastHit: null,
  top: { paths: noKeys, clients: noKeys },
};

/** Figures of one route that are being counted. */
export interface CountingFigures {
  add(entry: AccessEntry): void;
  addAll(part: RouteFigures): void;
  /** Size of the figures as JSON, roughly, in bytes. */
  weight(): number;
  figures(): RouteFigures;
}

/** Creates empty figures to count into. */
export function countingFigures(): CountingFigures {
  const latency = countingHistogram();
  const [statuses, refused] = [new Map<string, number>(), new Map<RefusalReason, number>()];
  const [upstreams, sides] = [new Map<string, CountingPart>(), new Map<string, CountingPart>()];
  // Most routes get few requests in one period, so these come with the first.
  let [paths, clients]: (CountingSketch | null)[] = [null, null];
  let [requests, bytes, lastHitMs] = [0, 0, -Infinity];
  return {
    add(entry) {
      requests++;
      bytes += entry.bytes;
      raise(statuses, String(entry.status), 1);
      if (entry.refused !== null) raise(refused, entry.refused, 1);
      latency.add(waitedMs(entry));
      if (entry.upstream !== null) addRequest(partOf(upstreams, entry.upstream), entry);
      if (entry.side !== null) addRequest(partOf(sides, entry.side), entry);
      lastHitMs = Math.max(lastHitMs, entry.endedMs);
      (paths ??= countingSketch()).add(entry.path);
      (clients ??= countingSketch()).add(entry.clientIp);
    },
    addAll(part) {
      requests += part.requests;
      bytes += part.bytes;
      for (const [status, count] of Object.entries(part.statuses)) raise(statuses, status, count);
      for (const [reason, count] of Object.entries(part.refused)) raise(refused, reason as RefusalReason, count);
      latency.addAll(part.latency);
      for (const [dial, figures] of Object.entries(part.upstreams)) addPart(partOf(upstreams, dial), figures);
      for (const [side, figures] of Object.entries(part.sides)) addPart(partOf(sides, side), figures);
      if (part.lastHit !== null) lastHitMs = Math.max(lastHitMs, Date.parse(part.lastHit));
      (paths ??= countingSketch()).addAll(part.top.paths);
      (clients ??= countingSketch()).addAll(part.top.clients);
    },
    weight: () =>
      EMPTY_BYTES +
      COUNT_BYTES * (latency.size() + statuses.size + refused.size) +
      KEY_BYTES * ((paths?.size() ?? 0) + (clients?.size() ?? 0)) +
      weightOf(upstreams) +
      weightOf(sides),
    figures: () => ({
      requests,
      bytes,
      statuses: recordOf(statuses, (count) => count),
      refused: recordOf(refused, (count) => count),
      latency: latency.histogram(),
      upstreams: recordOf(upstreams, partFigures),
      sides: recordOf(sides, partFigures),
      lastHit: lastHitMs === -Infinity ? null : new Date(lastHitMs).toISOString(),
      top: { paths: paths?.sketch() ?? noKeys, clients: clients?.sketch() ?? noKeys },
    }),
  };
}

/** Returns the sum of figures: of several periods, proxies or routes. */
export function merged(parts: Iterable<RouteFigures>): RouteFigures {
  const counting = countingFigures();
  for (const part of parts) counting.addAll(part);
  return counting.figures();
}

/** Returns true for an answer with status 500 or above, except to a request that was itself malformed or broke off. */
export function isError({ status, refused }: Pick<AccessEntry, 'status' | 'refused'>): boolean {
  return status >= 500 && refused !== 'bad-request';
}

/** Returns the number of requests for which {@link isError} is true. */
export function errorsOf({ statuses, refused }: RouteFigures): number {
  const failed = sumOf(Object.entries(statuses).map(([status, count]) => (Number(status) >= 500 ? count : 0)));
  return failed - (refused['bad-request'] ?? 0);
}

/** Returns the number of requests that the proxy itself refused. */
export function deniedOf({ refused }: RouteFigures): number {
  return sumOf(Object.values(refused));
}

/** Most slots that one answer reads, about. */
const MOST_SLOTS = 10_000;

/** Returns the finest level that still keeps a period and divides it into at most about 10,000 slots. */
export function levelFor(fromMs: number, toMs: number, nowMs: number): FigureLevel {
  const fits = (level: FigureLevel) => {
    const { slotMs, keptMs } = levelTimes[level];
    return fromMs >= nowMs - keptMs && (toMs - fromMs) / slotMs <= MOST_SLOTS;
  };
  return figureLevels.find(fits) ?? '1h';
}

/** Returns the start of the slot that holds a moment. */
export function slotStart(level: FigureLevel, ms: number): number {
  const { slotMs } = levelTimes[level];
  return Math.floor(ms / slotMs) * slotMs;
}

/** Rough sizes as JSON. */
const [EMPTY_BYTES, COUNT_BYTES, KEY_BYTES] = [300, 10, 60];

function weightOf(parts: ReadonlyMap<string, CountingPart>): number {
  let weight = 0;
  for (const { latency } of parts.values()) weight += EMPTY_BYTES / 3 + COUNT_BYTES * latency.size();
  return weight;
}

interface CountingPart {
  requests: number;
  errors: number;
  readonly latency: CountingHistogram;
}

function partOf(parts: Map<string, CountingPart>, name: string): CountingPart {
  const part = parts.get(name) ?? { requests: 0, errors: 0, latency: countingHistogram() };
  parts.set(name, part);
  return part;
}

/** Status with which a connection becomes a WebSocket. It ends when the visitor leaves, so its duration says nothing about waiting. */
const SWITCHED = 101;

function waitedMs({ status, durationMs, upstreamMs }: AccessEntry): number {
  return status === SWITCHED ? (upstreamMs ?? 0) : durationMs;
}

function addRequest(part: CountingPart, entry: AccessEntry): void {
  part.requests++;
  if (isError(entry)) part.errors++;
  part.latency.add(entry.upstreamMs ?? waitedMs(entry));
}

function addPart(part: CountingPart, more: PartFigures): void {
  part.requests += more.requests;
  part.errors += more.errors;
  part.latency.addAll(more.latency);
}

function partFigures({ requests, errors, latency }: CountingPart): PartFigures {
  return { requests, errors, latency: latency.histogram() };
}

function raise<Key>(counts: Map<Key, number>, key: Key, more: number): void {
  counts.set(key, (counts.get(key) ?? 0) + more);
}

/** A record with the keys in order; a key such as `__proto__` stays a key. */
function recordOf<Key extends string, Counted, Value>(
  counts: ReadonlyMap<Key, Counted>,
  value: (one: Counted) => Value,
) {
  const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([key, counted]) => [key, value(counted)])) as Record<Key, Value>;
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
