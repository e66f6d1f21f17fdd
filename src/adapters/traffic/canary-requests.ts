import { createTally, noTraffic, summed, type CanaryTraffic, type Side } from '../../domain/canary/traffic.js';
import type { LogCursor } from '../../ports/access-log.js';
import { parseEntry } from './access-entry.js';
import { accessLogFailure, readFrom, readSince } from './read-access-log.js';

/** Selects the requests to count, as `Proxy.traffic` describes. */
export interface CanaryQuery {
  readonly mark: string;
  readonly sinceMs: number;
  readonly slowOverMs: number | null;
}

/** Progress of one query: the position in the log, and the counts so far. */
interface Reading {
  readonly query: CanaryQuery;
  /** Null before the first line. */
  cursor: LogCursor | null;
  traffic: CanaryTraffic;
  usedMs: number;
  /** The last call's promise. Calls for the same query run one after another. */
  turn: Promise<unknown>;
}

const FORGOTTEN_AFTER_MS = 600_000;

/**
 * Creates a counter of both sides of canaries, which reads each line once per query. It forgets a query that was not
 * repeated for 10 minutes. `traffic` throws `unavailable` without a readable log.
 */
export function createCanaryRequests(system: string, file: string | null) {
  const readings = new Map<string, Reading>();
  return {
    async traffic(query: CanaryQuery): Promise<CanaryTraffic> {
      if (file === null) throw accessLogFailure(system, 'the path of its access log is not configured');
      for (const [key, { usedMs }] of readings) if (Date.now() - usedMs > FORGOTTEN_AFTER_MS) readings.delete(key);
      const key = JSON.stringify(query);
      const reading = readings.get(key) ?? begun(query);
      readings.set(key, reading);
      reading.usedMs = Date.now();
      const turn = reading.turn.catch(() => undefined).then(() => advance(system, file, reading));
      reading.turn = turn;
      await turn;
      return reading.traffic;
    },
  };
}

function begun(query: CanaryQuery): Reading {
  return { query, cursor: null, traffic: noTraffic, usedMs: 0, turn: Promise.resolve() };
}

/** Counts the new lines: all of them, or none when the log cannot be read. */
async function advance(system: string, file: string, reading: Reading): Promise<void> {
  const { query, cursor } = reading;
  const tally = createTally(query.slowOverMs);
  let last = cursor;
  const chunks = cursor === null ? readSince(system, file, query.sinceMs) : readFrom(system, file, cursor);
  for await (const chunk of chunks) {
    for (const line of chunk.lines) {
      const entry = line.includes(query.mark) ? parseEntry(line) : null;
      if (entry === null || entry.isOwn) continue;
      const side = sideOf(entry.side, query.mark);
      // A line is written at the end of its request, but the start decides if it counts.
      if (side === null || entry.endedMs - entry.durationMs < query.sinceMs) continue;
      const { status, refused, upstreamMs, durationMs } = entry;
      tally.add({ side, status, refused, latencyMs: upstreamMs ?? durationMs });
    }
    last = chunk.cursorAt(chunk.lines.length);
  }
  reading.cursor = last;
  reading.traffic = summed([reading.traffic, tally.traffic()]);
}

function sideOf(side: string | null, mark: string): Side | null {
  if (side === `${mark}/canary`) return 'canary';
  return side === `${mark}/stable` ? 'stable' : null;
}
