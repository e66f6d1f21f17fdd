import { spawnSync } from 'node:child_process';
import { Registry, collectDefaultMetrics } from 'prom-client';
import { expect, it } from 'vitest';
import { metricsText, type Family, type TextFormat } from '../../../src/worker/metrics/families.js';
import { createHecateFamilies, NEWEST_COMMITS } from '../../../src/worker/metrics/hecate-families.js';
import { createTrafficCounters, MOST_ROUTES, OTHER_ROUTES } from '../../../src/worker/metrics/traffic-counters.js';
import { formatFor } from '../../../src/worker/metrics/serve-metrics.js';
import { noFigures, type RouteFigures } from '../../../src/domain/traffic/figures.js';
import { histogramOf } from '../../../src/domain/traffic/histogram.js';
import { openMetricsProblems } from '../../builders/open-metrics.js';

const shop: RouteFigures = {
  ...noFigures,
  requests: 3,
  bytes: 30,
  statuses: { 200: 2, 503: 1 },
  refused: { maintenance: 1 },
  latency: histogramOf([4, 40, 400]),
  upstreams: { '10.0.0.1:80': { requests: 2, errors: 0, latency: histogramOf([4, 40]) } },
};

/** Counters over one proxy; `store` adds a part to its figures. */
function counting() {
  const stored: { sequence: number; rows: { domain: string; figures: RouteFigures }[] }[] = [];
  const figures = {
    newest: async () => stored.at(-1) ?? null,
    async *parts(_level: string, _proxy: string, after: number) {
      yield* stored.filter(({ sequence }) => sequence > after);
    },
  };
  const counters = createTrafficCounters(figures as never, ['caddy']);
  const store = (routes: Record<string, RouteFigures>) => {
    const rows = Object.entries(routes).map(([domain, one]) => ({ domain, figures: one }));
    stored.push({ sequence: stored.length + 1, rows });
  };
  return { counters, store };
}

const hecate = createHecateFamilies({
  version: '1.2.3',
  log: {
    view: async () => ({ logId: 'log-1', state: { head: { sequence: 7, hash: 'x' } } }) as never,
    async *entriesBackwards() {
      for (let sequence = 7; sequence > 7 - NEWEST_COMMITS - 3; sequence--) {
        const change = { kind: 'Route', name: sequence === 7 ? 'x'.repeat(1_000) : 'app.example.com' };
        const made = {
          at: '2026-01-01T00:00:00.500Z',
          actor: 'anna',
          operation: 'route.create',
          changes: [change, change],
        };
        yield { message: { type: 'committed', id: `op-${sequence}`, ...made } } as never;
      }
    },
    async *entries() {
      yield { position: { sequence: 8, hash: 'x' }, message: { type: 'ended', result: 'refused' } } as never;
    },
  },
  proxies: [{ name: 'caddy', current: async () => ({ generation: { sequence: 6 } as never, guard: '' }) }],
  figures: { size: () => Promise.reject(new Error('NATS does not answer')) },
  running: async () => ({ operation: 2 }),
  firing: async () => ({ 'upstream-down': 1 }),
});

async function text(families: readonly Family[], format: TextFormat) {
  const own = new Registry();
  collectDefaultMetrics({ register: own });
  return metricsText(families, own, format);
}

it('counts each stored part once, from the start of the worker on', async () => {
  const { counters, store } = counting();
  store({ 'old.example.com': shop });
  await counters.update();
  store({ 'app.example.com': shop });
  await counters.update();
  store({ 'app.example.com': shop, '': shop });
  await counters.update();
  await counters.update();
  const written = await text(counters.families(), 'prometheus');
  expect(written).toContain('hecate_http_requests_total{domain="app.example.com",code="2xx"} 4');
  expect(written).toContain('hecate_http_requests_total{domain="(no route)",code="5xx"} 1');
  expect(written).toContain('hecate_http_requests_refused_total{domain="app.example.com",reason="maintenance"} 2');
  expect(written).toContain('hecate_http_request_duration_seconds_bucket{domain="app.example.com",le="0.05"} 4');
  expect(written).toContain('hecate_http_request_duration_seconds_count{domain="app.example.com"} 6');
  expect(written).not.toContain('old.example.com');
});

it('counts routes beyond the limit together, and says how many they are', async () => {
  const { counters, store } = counting();
  await counters.update();
  store(Object.fromEntries(Array.from({ length: MOST_ROUTES + 3 }, (_, i) => [`h${i}.example.com`, shop])));
  await counters.update();
  const written = await text(counters.families(), 'prometheus');
  expect(written).toContain(`hecate_http_response_bytes_total{domain="${OTHER_ROUTES}"} 90`);
  expect(written).toContain('hecate_http_routes_without_own_figures 3');
});

it('serves the other metrics when one cannot be read', async () => {
  const written = await text(await hecate(), 'prometheus');
  expect(written).toContain('hecate_log_head 7');
  expect(written).toContain('hecate_proxy_generation{proxy="caddy"} 6');
  expect(written).toContain('hecate_alerts_firing{rule="upstream-down"} 1');
  expect(written).toContain('hecate_operations_ended_total{result="refused"} 1');
  expect(written).toContain('hecate_metrics_unreadable{metric="hecate_figures_bytes"} 1');
});

it('names the newest commits, as many as a bound allows, and what they changed in a bounded text', async () => {
  const written = await text(await hecate(), 'prometheus');
  const commits = written.split('\n').filter((line) => line.startsWith('hecate_commit_time_seconds{'));
  expect(commits).toHaveLength(NEWEST_COMMITS);
  const labels = 'commit="op-6",operation="route.create",subject="Route app.example.com and 1 more",actor="anna"';
  expect(commits[1]).toBe(`hecate_commit_time_seconds{${labels}} 1767225600.5`);
  expect(commits[0]?.length).toBeLessThan(300);
});

it('writes what OpenMetrics and promtool accept', async () => {
  const { counters, store } = counting();
  await counters.update();
  store({ 'a"b\\c.example.com': shop });
  await counters.update();
  const families = [...(await hecate()), ...counters.families()];
  expect(openMetricsProblems(`${await text(families, 'openMetrics')}# EOF\n`)).toEqual([]);
  const promtool = spawnSync('promtool', ['check', 'metrics'], {
    input: await text(families, 'prometheus'),
    encoding: 'utf8',
  });
  if (promtool.error) console.warn('promtool is not installed: only the own check of the format was made');
  else expect(`${promtool.stdout}${promtool.stderr}`).toBe('');
});

it('answers in OpenMetrics to those that accept it', () => {
  expect(formatFor('application/openmetrics-text;version=1.0.0,text/plain;q=0.5')).toBe('openMetrics');
  expect(formatFor('*/*')).toBe('prometheus');
  expect(formatFor(undefined)).toBe('prometheus');
});
