import { expect, it } from 'vitest';
import { csvLines } from '../../../src/client/traffic/metrics-csv.js';
import { openMetricsLines } from '../../../src/client/traffic/open-metrics.js';
import { points, totals } from '../../../src/client/traffic/read-figures.js';
import { memoryFigures } from '../../../src/adapters/memory/figures.js';
import { wholeSlots } from '../../../src/domain/traffic/period.js';
import { figuresOf, slot, times } from '../../builders/figures.js';

const app = 'app.example.com';
const late = slot('2026-01-01T00:00:00.000Z', { [app]: figuresOf(...times(2, { status: 500 })) });
const figures = memoryFigures([
  slot('2026-01-01T00:00:00.000Z', { [app]: figuresOf(...times(3)), '': figuresOf({ status: 404, upstream: null }) }),
  slot('2026-01-01T00:00:10.000Z', {
    [app]: figuresOf(
      { status: 429, refused: 'rate-limit', upstream: null },
      { side: 'm1/canary', upstream: '"quoted",\n:80' },
    ),
  }),
  // A part of the first slot that another proxy, or a late line, brought.
  { ...late, proxy: 'caddy-2' },
  slot('2026-01-01T03:00:00.000Z', { [app]: figuresOf(...times(4)) }),
]);
const all = () => true;
const minute = wholeSlots('10s', Date.parse('2026-01-01T00:00:00.000Z'), Date.parse('2026-01-01T00:01:00.000Z'));

async function linesOf(lines: AsyncIterable<string>): Promise<string[]> {
  const read: string[] = [];
  for await (const line of lines) read.push(line);
  return read;
}

it('adds the parts of one slot, and gives slots in order', async () => {
  const read = [];
  for await (const { startMs, routes } of points(figures, { ...minute, toMs: minute.toMs + 4 * 3_600_000 }, all)) {
    read.push([
      new Date(startMs).toISOString().slice(11, 19),
      ...routes.map(([domain, { requests }]) => `${domain} ${requests}`),
    ]);
  }
  expect(read).toEqual([
    ['00:00:00', ' 1', `${app} 5`],
    ['00:00:10', `${app} 2`],
    ['03:00:00', `${app} 4`],
  ]);
});

it('sums over slots of several levels exactly', async () => {
  const period = wholeSlots('10s', Date.parse('2026-01-01T00:00:10.000Z'), Date.parse('2026-01-01T04:00:10.000Z'));
  const summed = await totals(figures, period, (domain) => domain === app);
  expect([...summed].map(([domain, { requests, statuses }]) => [domain, requests, statuses])).toEqual([
    [app, 6, { '200': 5, '429': 1 }],
  ]);
});

it('writes CSV with a row for each route and part in each slot', async () => {
  const rows = await linesOf(csvLines(points(figures, minute, all), 10_000));
  const cells = rows.filter((row) => !row.includes('quoted')).map((row) => row.split(','));
  const [head = [], ...values] = cells;
  const read = values.map((row): Record<string, string> =>
    Object.fromEntries(row.map((cell, i) => [head[i] ?? '', cell])),
  );
  expect(read[0]).toMatchObject({ time: '2026-01-01T00:00:00.000Z', route: '', part: '', requests: '1', '4xx': '1' });
  expect(read[1]).toMatchObject({
    route: app,
    part: '',
    requests: '5',
    errors: '2',
    '2xx': '3',
    '5xx': '2',
    denied: '0',
  });
  expect(read[2]).toMatchObject({ route: app, part: 'upstream 10.0.0.1:80', requests: '5', errors: '2', '2xx': '' });
  expect(read[3]).toMatchObject({
    time: '2026-01-01T00:00:10.000Z',
    'denied rate-limit': '1',
    denied: '1',
    '4xx': '1',
  });
  expect(read[4]).toMatchObject({ part: 'canary m1/canary', requests: '1' });
  for (const row of cells) expect(row).toHaveLength(head.length);
  expect(rows.find((row) => row.includes('quoted'))).toContain(',"upstream ""quoted"",\n:80",1,0,');
});

it('writes OpenMetrics with the timestamp of the end of each slot, a series together', async () => {
  const lines = await linesOf(openMetricsLines(points(figures, minute, all), 10_000));
  const at = Date.parse('2026-01-01T00:00:10.000Z') / 1000;
  expect(lines.slice(0, 2)).toEqual([
    '# HELP hecate_route_requests Requests in the slot that ends at the timestamp, by class of the status.',
    '# TYPE hecate_route_requests gauge',
  ]);
  const first = lines.indexOf(`hecate_route_requests{route="${app}",class="2xx"} 3 ${at}`);
  expect(lines[first + 1]).toBe(`hecate_route_requests{route="${app}",class="2xx"} 1 ${at + 10}`);
  expect(lines).toContain(`hecate_route_denied_requests{route="${app}",reason="rate-limit"} 1 ${at + 10}`);
  expect(lines).toContain(`hecate_upstream_requests{route="${app}",upstream="\\"quoted\\",\\n:80"} 1 ${at + 10}`);
  expect(lines).toContain(`hecate_canary_requests{route="${app}",side="m1/canary"} 1 ${at + 10}`);
  expect(lines.at(-1)).toBe('# EOF');
  for (const line of lines) {
    expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|# EOF|\w+\{(\w+="(\\.|[^"\\\n])*",?)*\} [\d.e+-]+ \d+(\.\d+)?)$/);
  }
});
