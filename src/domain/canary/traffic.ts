/** Request counts of one side of a canary. */
export interface SideTraffic {
  readonly requests: number;
  /** Responses with status 500 or above, from the upstream or from the proxy itself. */
  readonly errors: number;
  /** Responses that took longer than the latency limit. */
  readonly slow: number;
  /** Requests by {@link latencyBucket}; sums over several proxies still give quantiles. */
  readonly latencies: Readonly<Record<number, number>>;
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
  readonly latencyMs: number;
}

/** Returns a counter of requests. `slowOverMs` null: no request counts as slow. */
export function createTally(slowOverMs: number | null): { add(one: Answered): void; traffic(): CanaryTraffic } {
  const sides = { stable: emptySide(), canary: emptySide() };
  return {
    add({ side, status, latencyMs }) {
      const counts = sides[side];
      const bucket = latencyBucket(latencyMs);
      counts.requests++;
      if (status >= 500) counts.errors++;
      if (slowOverMs !== null && latencyMs > slowOverMs) counts.slow++;
      counts.latencies[bucket] = (counts.latencies[bucket] ?? 0) + 1;
    },
    traffic: () => ({ stable: copied(sides.stable), canary: copied(sides.canary) }),
  };
}

/** Traffic without a request. */
export const noTraffic: CanaryTraffic = { stable: emptySide(), canary: emptySide() };

/** Returns the sum of the traffic of several proxies. */
export function summed(parts: readonly CanaryTraffic[]): CanaryTraffic {
  return { stable: sumOf(parts.map(({ stable }) => stable)), canary: sumOf(parts.map(({ canary }) => canary)) };
}

/** The latency in milliseconds that `share` (0 to 1) of the requests did not exceed, at most 2% too high; null: no requests. */
export function latencyQuantile({ requests, latencies }: SideTraffic, share: number): number | null {
  let left = Math.ceil(share * requests);
  const buckets = Object.keys(latencies).map(Number);
  for (const bucket of buckets.sort((a, b) => a - b)) {
    left -= latencies[bucket] ?? 0;
    if (left <= 0) return BUCKET_WIDTH ** bucket;
  }
  return null;
}

const BUCKET_WIDTH = 1.02;
const SHORTEST_MS = 0.01;

/** The number of a latency's bucket. Each bucket ends 2% above the one before. */
function latencyBucket(ms: number): number {
  return Math.ceil(Math.log(Math.max(ms, SHORTEST_MS)) / Math.log(BUCKET_WIDTH));
}

interface Counting {
  requests: number;
  errors: number;
  slow: number;
  latencies: Record<number, number>;
}

function emptySide(): Counting {
  return { requests: 0, errors: 0, slow: 0, latencies: {} };
}

function copied(side: Counting): SideTraffic {
  return { ...side, latencies: { ...side.latencies } };
}

function sumOf(sides: readonly SideTraffic[]): SideTraffic {
  const sum = emptySide();
  for (const { requests, errors, slow, latencies } of sides) {
    sum.requests += requests;
    sum.errors += errors;
    sum.slow += slow;
    for (const [bucket, count] of Object.entries(latencies)) {
      sum.latencies[Number(bucket)] = (sum.latencies[Number(bucket)] ?? 0) + count;
    }
  }
  return sum;
}
