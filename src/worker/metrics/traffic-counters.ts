import { countOver } from '../../domain/traffic/histogram.js';
import { errorsOf, merged, type RouteFigures } from '../../domain/traffic/figures.js';
import type { Figures } from '../../ports/figures.js';
import type { Family, Sample } from './families.js';

/** Largest number of routes with figures of their own; requests of the others count together. */
export const MOST_ROUTES = 500;
/** Label of requests to routes beyond {@link MOST_ROUTES}. No domain has such a name. */
export const OTHER_ROUTES = '(other routes)';
/** Label of requests to no route. */
const NO_ROUTE = '(no route)';

/** Upper bounds of the latency histogram, seconds. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Sums the traffic figures since its start, so that they only grow. */
export interface TrafficCounters {
  /** Reads what was counted since the last call. */
  update(): Promise<void>;
  families(): Family[];
}

/** Creates counters over the figures of these proxies. The first 500 routes that are asked for get figures of their own. */
export function createTrafficCounters(
  figures: Pick<Figures, 'newest' | 'parts'>,
  proxies: readonly string[],
): TrafficCounters {
  const read = new Map<string, number>();
  const routes = new Map<string, RouteFigures>();
  const others = new Set<string>();
  const nameOf = (domain: string) => {
    if (domain === '') return NO_ROUTE;
    if (routes.has(domain) || routes.size < MOST_ROUTES) return domain;
    others.add(domain);
    return OTHER_ROUTES;
  };
  const count = (domain: string, more: RouteFigures) => {
    const name = nameOf(domain);
    const known = routes.get(name);
    // The lists of paths and clients are no figures of a time series.
    routes.set(name, { ...merged(known === undefined ? [more] : [known, more]), top: more.top });
  };
  return {
    async update() {
      for (const proxy of proxies) {
        const after = read.get(proxy);
        if (after === undefined) {
          read.set(proxy, (await figures.newest('10s', proxy))?.sequence ?? 0);
          continue;
        }
        for await (const part of figures.parts('10s', proxy, after)) {
          for (const { domain, figures: more } of part.rows) count(domain, more);
          read.set(proxy, part.sequence);
        }
      }
    },
    families: () => familiesOf(routes, others.size),
  };
}

function familiesOf(routes: ReadonlyMap<string, RouteFigures>, omitted: number): Family[] {
  const samples = (of: (figures: RouteFigures) => readonly Sample[]): Sample[] =>
    [...routes].flatMap(([domain, figures]) =>
      of(figures).map((one) => ({ ...one, labels: { domain, ...one.labels } })),
    );
  return [
    {
      name: 'hecate_http_requests_total',
      help: 'Requests of visitors by route and class of status, since the start of the worker.',
      type: 'counter',
      samples: samples((figures) =>
        Object.entries(byClass(figures)).map(([code, value]) => ({ labels: { code }, value })),
      ),
    },
    {
      name: 'hecate_http_errors_total',
      help: 'Answers with a status of 500 or above by route, except to requests that were malformed or broke off.',
      type: 'counter',
      samples: samples((figures) => [{ labels: {}, value: errorsOf(figures) }]),
    },
    {
      name: 'hecate_http_requests_refused_total',
      help: 'Requests that the proxy itself refused, by route and reason.',
      type: 'counter',
      samples: samples(({ refused }) =>
        Object.entries(refused).map(([reason, value]) => ({ labels: { reason }, value })),
      ),
    },
    {
      name: 'hecate_http_response_bytes_total',
      help: 'Bytes of the bodies of answers, by route.',
      type: 'counter',
      samples: samples(({ bytes }) => [{ labels: {}, value: bytes }]),
    },
    {
      name: 'hecate_http_request_duration_seconds',
      help: 'Time of requests as visitors saw it, by route.',
      type: 'histogram',
      samples: samples(({ latency }) => histogramSamples('hecate_http_request_duration_seconds', latency)),
    },
    {
      name: 'hecate_http_upstream_requests_total',
      help: 'Requests by route, upstream server and whether it answered with 500 or above.',
      type: 'counter',
      samples: samples(({ upstreams }) =>
        Object.entries(upstreams).flatMap(([upstream, { requests, errors }]) => [
          { labels: { upstream, outcome: 'error' }, value: errors },
          { labels: { upstream, outcome: 'success' }, value: requests - errors },
        ]),
      ),
    },
    {
      name: 'hecate_http_routes_without_own_figures',
      help: `Routes that count as "${OTHER_ROUTES}", because ${MOST_ROUTES} others were asked for first.`,
      type: 'gauge',
      samples: [{ labels: {}, value: omitted }],
    },
  ];
}

function byClass({ statuses }: RouteFigures): Record<string, number> {
  const classes: Record<string, number> = {};
  for (const [status, requests] of Object.entries(statuses)) {
    const code = status === '0' ? 'none' : `${status[0] ?? ''}xx`;
    classes[code] = (classes[code] ?? 0) + requests;
  }
  return classes;
}

function histogramSamples(name: string, latency: RouteFigures['latency']): Sample[] {
  const { count, sum } = latency;
  return [
    ...BOUNDS.map((bound) => ({
      metricName: `${name}_bucket`,
      labels: { le: String(bound) },
      value: count - countOver(latency, bound * 1_000),
    })),
    { metricName: `${name}_bucket`, labels: { le: '+Inf' }, value: count },
    { metricName: `${name}_sum`, labels: {}, value: sum / 1_000 },
    { metricName: `${name}_count`, labels: {}, value: count },
  ];
}
