import { isError } from '../traffic/figures.js';
import type { AccessEntry } from '../traffic/access-entry.js';
import { countingHistogram, type CountingHistogram, type Histogram } from '../traffic/histogram.js';

/** Request counts of one side of a canary. */
export interface SideTraffic {
  readonly requests: number;
  /** Responses with status 500 or above, from the upstream or from the proxy itself; not those to malformed requests. */
  readonly errors: number;
  /** Responses that took longer than the latency limit. */
  readonly slow: number;
  /** Time until the upstream sent its headers, ms. */
  readonly latency: Histogram;
}

/** Traffic of both sides in the same period. */
export interface CanaryTraffic {
  readonly stable: SideTraffic;
  readonly canary: SideTraffic;
}

/** A side of a canary. */
export type Side = keyof CanaryTraffic;

/** One answered request. */
export interface Answered {
  readonly side: Side;
  readonly status: number;
  /** Why the proxy itself refused it; null or absent: it did not. */
  readonly refused?: AccessEntry['refused'];
  readonly latencyMs: number;
}

/** Returns a counter of requests. `slowOverMs` null: no request counts as slow. */
export function createTally(slowOverMs: number | null): { add(one: Answered): void; traffic(): CanaryTraffic } {
  const sides = { stable: countingSide(), canary: countingSide() };
  return {
    add({ side, status, refused = null, latencyMs }) {
      const counts = sides[side];
      counts.requests++;
      if (isError({ status, refused })) counts.errors++;
      if (slowOverMs !== null && latencyMs > slowOverMs) counts.slow++;
      counts.latency.add(latencyMs);
    },
    traffic: () => ({ stable: counted(sides.stable), canary: counted(sides.canary) }),
  };
}

/** Traffic without a request. */
export const noTraffic: CanaryTraffic = createTally(null).traffic();

/** Returns the sum of the traffic of several proxies. */
export function summed(parts: readonly CanaryTraffic[]): CanaryTraffic {
  return { stable: sumOf(parts.map(({ stable }) => stable)), canary: sumOf(parts.map(({ canary }) => canary)) };
}

interface Counting {
  requests: number;
  errors: number;
  slow: number;
  readonly latency: CountingHistogram;
}

function countingSide(): Counting {
  return { requests: 0, errors: 0, slow: 0, latency: countingHistogram() };
}

function counted({ latency, ...counts }: Counting): SideTraffic {
  return { ...counts, latency: latency.histogram() };
}

function sumOf(sides: readonly SideTraffic[]): SideTraffic {
  const sum = countingSide();
  for (const { requests, errors, slow, latency } of sides) {
    sum.requests += requests;
    sum.errors += errors;
    sum.slow += slow;
    sum.latency.addAll(latency);
  }
  return counted(sum);
}
