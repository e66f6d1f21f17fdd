import { describe, expect, it } from 'vitest';
import { memoryFigures } from '../../../../src/adapters/memory/figures.js';
import { readMetrics } from '../../../../src/client/reads/traffic/metrics.js';
import type { Answer, ReadContext } from '../../../../src/client/reads/read.js';
import { figuresOf, slot, times } from '../../../builders/figures.js';
import { route, stateWith } from '../../../builders/log.js';

const app = 'app.example.com';
const figures = memoryFigures([
  slot('2026-01-01T00:00:00.000Z', {
    [app]: figuresOf(...times(90, { path: '/api' }), ...times(10, { status: 502, side: 'm1/canary' })),
    '': figuresOf({ status: 404, upstream: null, host: 'other.example.com' }),
  }),
  slot('2026-01-01T00:59:50.000Z', {
    [app]: figuresOf(...times(3, { status: 302, refused: 'sign-in', upstream: null })),
  }),
]);
const context = {
  ...{ now: '2026-01-01T01:00:00.000Z', round: 0, output: 'table' },
  look: async () => ({ state: stateWith(route(app)), asOf: null }),
  withFigures: (use: (of: typeof figures) => unknown) => use(figures),
} as unknown as ReadContext;

const read = (input: Readonly<Record<string, unknown>> = {}, more: Partial<ReadContext> = {}) =>
  readMetrics.answer(readMetrics.input.parse(input), { ...context, ...more });

async function printed({ lines }: Answer): Promise<string[]> {
  const all: string[] = [];
  await lines?.((line) => Promise.resolve(void all.push(line)));
  return all;
}

it.each(['csv', 'prometheus'])('--format %s excludes -o', async (format) => {
  await expect(read({ format }, { output: 'json' })).rejects.toThrow('exclude each other');
});

describe('the table', () => {
  it('has a row for each route of the last hour, with its parts below, and says the level', async () => {
    const text = (await read()).text();
    expect(text).toMatch(/^ROUTE +REQUESTS +REQ\/S +2XX +3XX +4XX +5XX +DENIED +P50 +P95 +P99 +LAST HIT$/m);
    expect(text).toMatch(/^app\.example\.com +103 +0\.03 +90 +3 +0 +10 +sign-in 3 +10 ms +10 ms +10 ms +/m);
    expect(text).toMatch(/^\(no route\) +1 +<0\.01 +0 +0 +1 +0 /m);
    expect(text).toMatch(/^app\.example\.com +upstream 10\.0\.0\.1:80 +100 +10 /m);
    expect(text).toMatch(/^app\.example\.com +canary m1\/canary +10 +10 /m);
    expect(text).toContain('time:    2026-01-01T00:00:00.000Z to 2026-01-01T01:00:00.000Z, in slots of 10 s');
    expect(text).toMatch(/stored: +10 s .+ in 2 messages; 1 min .+; 1 h /);
  });

  it('has WebSockets and visitors who went away where there are any, so that the statuses add up', async () => {
    const some = memoryFigures([
      slot('2026-01-01T00:00:00.000Z', {
        [app]: figuresOf(...times(5, {}), ...times(3, { status: 101 }), ...times(2, { status: 0 })),
      }),
    ]);
    const withFigures = (use: (of: typeof figures) => unknown) => use(some);
    const text = (await read({}, { withFigures } as Partial<ReadContext>)).text();
    expect(text).toMatch(/^ROUTE +REQUESTS +REQ\/S +1XX +2XX +3XX +4XX +5XX +NONE +DENIED /m);
    expect(text).toMatch(/^app\.example\.com +10 +<?0\.\d+ +3 +5 +0 +0 +0 +2 /m);
  });

  it('has the statuses, top paths and top clients of one route', async () => {
    const text = (await read({ domain: app })).text();
    expect(text).not.toContain('(no route)');
    expect(text).toContain('statuses:     200: 90, 302: 3, 502: 10');
    expect(text).toMatch(/top paths: +90 {2}\/api$/m);
    expect(text).toMatch(/top clients: +103 {2}192\.0\.2\.1$/m);
  });

  it('shows hostile paths literally, each in one line', async () => {
    const hostile = memoryFigures([
      slot('2026-01-01T00:00:00.000Z', { [app]: figuresOf({ path: '/\u001b[2J\u202e\nINJECT\ttab\u009b' }) }),
    ]);
    const withFigures = (use: (of: typeof figures) => unknown) => use(hostile);
    const text = (await read({ domain: app }, { withFigures } as Partial<ReadContext>)).text();
    expect(text).toContain('/\\x1b[2J\\u202e INJECT tab\\x9b');
  });
});

it('answers a time without requests, at the level that keeps it', async () => {
  const text = (await read({ from: '2024-01-01T00:00:00.000Z', to: '2024-01-31T00:00:00.000Z' })).text();
  expect(text).toMatch(/^no requests\n/);
  expect(text).toContain('in slots of 1 h');
});

it('knows neither route nor figures of a domain: missing', async () => {
  await expect(read({ domain: 'none.example.com' })).rejects.toMatchObject({ kind: 'missing' });
  expect((await read({ domain: app, last: '5s' })).text()).toContain('sign-in 3');
});

it('refuses a time that ends before it begins, and two beginnings', async () => {
  const wrong = { from: '2026-01-01T00:10:00.000Z', to: '2026-01-01T00:05:00.000Z' };
  await expect(read(wrong)).rejects.toMatchObject({ kind: 'invalid' });
  expect(readMetrics.input.safeParse({ from: wrong.from, last: '1h' }).success).toBe(false);
});

it('has the slots of each route in JSON, by -o json and by --format json alike', async () => {
  const { data } = await read({ domain: app }, { output: 'json' });
  expect(readMetrics.shape().safeParse(data).error).toBeUndefined();
  expect(data).toMatchObject({
    level: '10s',
    routes: [
      {
        domain: app,
        requests: 103,
        denied: { 'sign-in': 3 },
        top: { paths: { top: [{ key: '/api', requests: 90 }, {}], missed: 0 } },
        slots: [
          { at: '2026-01-01T00:00:00.000Z', requests: 100, rate: 10 },
          { at: '2026-01-01T00:59:50.000Z', requests: 3 },
        ],
      },
    ],
  });
  const [line = ''] = await printed(await read({ domain: app, format: 'json' }));
  expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(data)));
});

it('prints CSV and OpenMetrics line by line', async () => {
  const csv = await printed(await read({ format: 'csv' }));
  expect(csv[0]).toMatch(/^time,route,part,requests,/);
  expect(csv.filter((line) => line.includes(`,${app},,`))).toHaveLength(2);
  const metrics = await printed(await read({ format: 'prometheus', domain: app }));
  expect(metrics.at(-1)).toBe('# EOF');
  expect(metrics.join('\n')).not.toContain('route=""');
});
