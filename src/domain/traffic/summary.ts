import { quantile, type Histogram } from './histogram.js';
import { errorsOf, type PartFigures, type RouteFigures } from './figures.js';

/** Classes of statuses. `none`: the visitor went away before an answer. */
export const statusClasses = ['1xx', '2xx', '3xx', '4xx', '5xx', 'none'] as const;

/** The class of a status. */
export type StatusClass = (typeof statusClasses)[number];

/** Quantiles of the latency in milliseconds; null: there were no requests. */
export interface Quantiles {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** The figures of an upstream server or of a side of a canary, for a person or a program. */
export interface PartSummary {
  /** Dial address, or `<canary mark>/stable` and `<canary mark>/canary`. */
  readonly name: string;
  readonly requests: number;
  /** Answers with a status of 500 or above, except to requests that were malformed or broke off. */
  readonly errors: number;
  readonly latencyMs: Quantiles;
}

/** The figures of a route over a time, for a person or a program. */
export interface TrafficSummary {
  readonly requests: number;
  /** Requests per second. */
  readonly rate: number;
  /** Answers with a status of 500 or above, except to requests that were malformed or broke off. */
  readonly errors: number;
  readonly bytes: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly classes: Readonly<Record<StatusClass, number>>;
  /** Requests that the proxy itself refused, by reason. */
  readonly denied: Readonly<Record<string, number>>;
  readonly latencyMs: Quantiles;
  readonly upstreams: readonly PartSummary[];
  readonly sides: readonly PartSummary[];
  /** ISO 8601 UTC; null: no request. */
  readonly lastHit: string | null;
}

/** Returns the summary of figures that were counted over a time in milliseconds. */
export function summaryOf(figures: RouteFigures, spanMs: number): TrafficSummary {
  const { requests, bytes, statuses, refused, latency, upstreams, sides, lastHit } = figures;
  return {
    ...{ requests, rate: spanMs > 0 ? (requests * 1000) / spanMs : 0, errors: errorsOf(figures), bytes, statuses },
    classes: classesOf(statuses),
    denied: refused,
    latencyMs: quantilesOf(latency),
    upstreams: partsOf(upstreams),
    sides: partsOf(sides),
    lastHit,
  };
}

/** Returns the class of a status; 0 has `none`. */
export function statusClass(status: number): StatusClass {
  return statusClasses[Math.floor(status / 100) - 1] ?? 'none';
}

function classesOf(statuses: RouteFigures['statuses']): Record<StatusClass, number> {
  const classes: Record<StatusClass, number> = { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0, none: 0 };
  for (const [status, requests] of Object.entries(statuses)) classes[statusClass(Number(status))] += requests;
  return classes;
}

function partsOf(parts: Readonly<Record<string, PartFigures>>): PartSummary[] {
  return Object.entries(parts)
    .map(([name, { requests, errors, latency }]) => ({ name, requests, errors, latencyMs: quantilesOf(latency) }))
    .sort((a, b) => b.requests - a.requests || (a.name < b.name ? -1 : 1));
}

function quantilesOf(latency: Histogram): Quantiles {
  return { p50: quantile(latency, 0.5), p95: quantile(latency, 0.95), p99: quantile(latency, 0.99) };
}
