import { all, find, type State } from '../../domain/log/state.js';
import { answeringMiddleware } from '../../domain/middleware/list.js';
import { kindsWithRole, type KindWithRole, type ResourceKinds } from '../../domain/resources/kinds.js';
import type { CertificateSight, RouteHealth } from '../../domain/serving/route-health.js';
import {
  countingFigures,
  levelFor,
  levelTimes,
  noFigures,
  type CountingFigures,
  type FigureLevel,
} from '../../domain/traffic/figures.js';
import { summaryOf, type TrafficSummary } from '../../domain/traffic/summary.js';
import type { FigureReader } from '../../ports/figures.js';
import { Failure } from '../../ports/failure.js';
import type { ReadContext } from '../reads/read.js';
import type { ListedOperation } from '../run/list-operations.js';

/** What the monitor shows at one moment. */
export interface MonitorFacts {
  /** End of the newest figures, ISO 8601. */
  readonly at: string;
  /** Time that the figures of each route and each point of its trend cover, ms. */
  readonly spanMs: number;
  readonly routes: readonly MonitoredRoute[];
  readonly running: readonly ListedOperation[];
  /** What could not be looked at, as sentences. */
  readonly problems: readonly string[];
}

/** A route in the monitor; the one with the empty domain stands for requests that no route serves. */
export interface MonitoredRoute {
  readonly domain: string;
  readonly figures: TrafficSummary;
  /** Requests in each of the last spans, oldest first. */
  readonly trend: readonly number[];
  /** Null: unknown. */
  readonly health: Pick<RouteHealth, 'level' | 'details'> | null;
  /** The certificate that ends first; null: unknown, or there is none. */
  readonly certificate: { readonly issuer: string | null; readonly notAfter: string } | null;
  readonly inForce: readonly InForce[];
}

/** An exception that is in force on a route. */
export interface InForce {
  readonly kind: string;
  /** One word for a column. */
  readonly name: string;
  /** A clause with the reason, if there is one. */
  readonly text: string;
  readonly by: string | null;
  /** ISO 8601; null: until somebody ends it. */
  readonly until: string | null;
}

/** Points of a trend. */
const POINTS = 20;
/** Time after which the slot of a moment has been published. */
const SETTLE_MS = 3_000;
/** Running operations that are shown. */
const MOST_RUNNING = 5;

/** What the monitor asks. */
export interface MonitorSources extends Pick<ReadContext, 'look' | 'withFigures' | 'withWorker'> {
  /** Returns the newest operations that run, at most `limit`. */
  readonly runningOperations: (limit: number) => Promise<readonly ListedOperation[]>;
}

/**
 * Looks at everything that the monitor shows. Throws `Failure` when the log or the figures cannot be read; a worker or Temporal
 * that does not answer is a problem in the answer.
 */
export async function monitorFacts(sources: MonitorSources, intervalMs: number, now: string): Promise<MonitorFacts> {
  const nowMs = Date.parse(now);
  const level = levelFor(nowMs - POINTS * intervalMs, nowMs, nowMs);
  const { slotMs } = levelTimes[level];
  const spanMs = Math.ceil(intervalMs / slotMs) * slotMs;
  const endMs = Math.floor((nowMs - SETTLE_MS) / slotMs) * slotMs;
  const [{ state }, counted, health, running] = await Promise.all([
    sources.look(),
    sources.withFigures((figures) => count(figures, level, { endMs, spanMs })),
    toldOr(healthOf(sources), 'health is unknown'),
    toldOr(sources.runningOperations(MOST_RUNNING), 'running operations are unknown'),
  ]);
  const domains = all(state, 'Route').map(({ value }) => value.domain);
  const known = new Set(domains);
  // A route that was deleted is shown as long as it had requests in this time.
  const gone = [...counted.keys()].filter((domain) => !known.has(domain)).sort();
  return {
    at: new Date(endMs).toISOString(),
    spanMs,
    routes: [...domains, ...gone].map((domain) => {
      const seen = health.value?.get(domain) ?? null;
      const { newest, trend } = counted.get(domain) ?? { newest: null, trend: new Array<number>(POINTS).fill(0) };
      return {
        domain,
        figures: summaryOf(newest?.figures() ?? noFigures, spanMs),
        trend,
        health: seen && { level: seen.level, details: seen.details },
        certificate: firstToEnd(seen?.certificates ?? []),
        inForce: inForceOn(state, domain, now),
      };
    }),
    running: running.value ?? [],
    problems: [health, running].flatMap(({ problem }) => problem ?? []),
  };
}

interface Counted {
  newest: CountingFigures | null;
  readonly trend: number[];
}

async function count(
  figures: FigureReader,
  level: FigureLevel,
  { endMs, spanMs }: { readonly endMs: number; readonly spanMs: number },
): Promise<Map<string, Counted>> {
  const startMs = endMs - POINTS * spanMs;
  const counted = new Map<string, Counted>();
  for await (const slot of figures.slots(level, startMs, endMs)) {
    const point = Math.floor((slot.startMs - startMs) / spanMs);
    for (const [domain, route] of Object.entries(slot.routes)) {
      const held = counted.get(domain) ?? { newest: null, trend: new Array<number>(POINTS).fill(0) };
      counted.set(domain, held);
      held.trend[point] = (held.trend[point] ?? 0) + route.requests;
      if (point === POINTS - 1) (held.newest ??= countingFigures()).addAll(route);
    }
  }
  return counted;
}

/** Glances at every route, so that no round costs its servers a request. */
function healthOf({ withWorker }: MonitorSources): Promise<Map<string, RouteHealth>> {
  return withWorker(async (worker) => {
    const seen = new Map<string, RouteHealth>();
    for (let after: string | null = null; ;) {
      const page = await worker.inspectHealth({ domain: null, after, glance: true });
      for (const route of page.routes) seen.set(route.domain, route);
      after = page.next;
      if (after === null) return seen;
    }
  });
}

async function toldOr<T>(
  asked: Promise<T>,
  what: string,
): Promise<{ readonly value: T | null; readonly problem: string | null }> {
  try {
    return { value: await asked, problem: null };
  } catch (error) {
    if (error instanceof Failure) return { value: null, problem: `${what}: ${error.message}` };
    throw error;
  }
}

function firstToEnd(certificates: readonly CertificateSight[]): MonitoredRoute['certificate'] {
  return certificates.reduce<MonitoredRoute['certificate']>((first, { issuer, notAfter }) => {
    if (notAfter === null || (first !== null && first.notAfter <= notAfter)) return first;
    return { issuer, notAfter };
  }, null);
}

type OverlayKind = KindWithRole<'overlay'>;

/** Words of each kind of overlay. A kind without a line does not compile. */
const overlayTexts: {
  readonly [K in OverlayKind]: (overlay: ResourceKinds[K]) => Pick<InForce, 'name' | 'text' | 'until'>;
} = {
  Bypass: ({ until, reason }) => ({
    name: 'bypass',
    text: `everybody gets in without sign-in${because(reason)}`,
    until,
  }),
  Canary: ({ percentage, upstream, paused }) => ({
    name: `canary ${percentage}%`,
    text: `${percentage}% of the visitors to ${upstream}${paused ? ', paused' : ''}`,
    until: null,
  }),
  Failover: ({ reason }) => ({
    name: 'failover',
    text: `its backup upstream serves it${because(reason)}`,
    until: null,
  }),
};

function because(reason: string | null): string {
  return reason === null ? '' : `, reason: ${reason}`;
}

/** Returns the exceptions in force on a route: its overlays that have not ended, and middleware that answers every request. */
function inForceOn(state: State, domain: string, now: string): InForce[] {
  const overlays = kindsWithRole('overlay').flatMap((kind) => overlayOn(state, kind, domain));
  const route = find(state, 'Route', domain);
  const answering = route && answeringMiddleware(route.value.middleware);
  return [
    ...overlays.filter(({ until }) => until === null || until > now),
    ...(answering === undefined
      ? []
      : [
          {
            kind: answering.kind.name,
            name: answering.kind.name,
            text: `${answering.text} answers every request`,
            by: route?.updatedBy ?? null,
            until: null,
          },
        ]),
  ];
}

function overlayOn<K extends OverlayKind>(state: State, kind: K, domain: string): InForce[] {
  const stored = find(state, kind, domain);
  return stored === undefined
    ? []
    : [{ kind: kind.toLowerCase(), by: stored.createdBy, ...overlayTexts[kind](stored.value) }];
}
