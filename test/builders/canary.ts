import type { Canary, CanaryLimits } from '../../src/domain/resources/canary.js';
import { createTally, type CanaryTraffic, type Side } from '../../src/domain/canary/traffic.js';

/** Noon of a day. */
export const NOON = '2026-01-01T12:00:00.000Z';

/** Limits of 1% errors and 500 ms over at least 100 requests, unless said otherwise. */
export function limits(more: Partial<CanaryLimits> = {}): CanaryLimits {
  return { maxErrorRate: 1, maxLatencyP99: '500ms', minRequests: 100, ...more };
}

/** A canary of app.example.com that began at noon with a tenth, and has neither steps nor limits unless said otherwise. */
export function canary(more: Partial<Canary> = {}): Canary {
  return {
    domain: 'app.example.com',
    upstream: 'localhost:3001',
    percentage: 10,
    since: NOON,
    stepSince: NOON,
    steps: [],
    interval: null,
    limits: null,
    paused: false,
    ...more,
  };
}

/** Requests of one side of a canary, for tests. */
export interface SideSketch {
  readonly requests: number;
  readonly errors?: number;
  readonly slow?: number;
}

/** Traffic with these counts: slow requests take a second, others ten milliseconds. */
export function traffic(sides: Readonly<Record<Side, SideSketch>>): CanaryTraffic {
  const tally = createTally(500);
  for (const side of ['stable', 'canary'] as const) {
    const { requests, errors = 0, slow = 0 } = sides[side];
    for (let i = 0; i < requests; i++) {
      tally.add({ side, status: i < errors ? 500 : 200, latencyMs: i < slow ? 1_000 : 10 });
    }
  }
  return tally.traffic();
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
