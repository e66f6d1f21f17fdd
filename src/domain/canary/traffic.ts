/** What happened to the requests of one side of a canary. */
export interface SideTraffic {
  readonly requests: number;
  /** Answers with a status from 500 on, whoever made them: the upstream, or the proxy in its place. */
  readonly errors: number;
  /** Answers that took longer than a limit. */
  readonly slow: number;
  /** Requests by {@link latencyBucket}, so that sums over several proxies still have quantiles. */
  readonly latencies: Readonly<Record<number, number>>;
}

/** Both sides of a canary in the same time. */
export interface CanaryTraffic {
  readonly stable: SideTraffic;
  readonly canary: SideTraffic;
}

export type Side = keyof CanaryTraffic;

/** One request that was answered. */
export interface Answered {
  readonly side: Side;
  readonly status: number;
  readonly latencyMs: number;
}

/** Counts requests one by one. `slowOverMs` null: nothing is slow. */
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

/** Nobody came. */
export const noTraffic: CanaryTraffic = { stable: emptySide(), canary: emptySide() };

/** The traffic of several proxies together. */
export function summed(parts: readonly CanaryTraffic[]): CanaryTraffic {
  return { stable: sumOf(parts.map(({ stable }) => stable)), canary: sumOf(parts.map(({ canary }) => canary)) };
}

/** The latency in milliseconds that this share of the requests did not exceed, at most 2% too long; null: no request. */
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

/** Each bucket reaches 2% further than the one before. */
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
