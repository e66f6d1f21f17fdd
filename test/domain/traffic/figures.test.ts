import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryFigures } from '../../../src/adapters/memory/figures.js';
import {
  countingFigures,
  deniedOf,
  errorsOf,
  levelFor,
  merged,
  noFigures,
  slotStart,
  type Slot,
} from '../../../src/domain/traffic/figures.js';
import { quantile } from '../../../src/domain/traffic/histogram.js';
import type { AccessEntry } from '../../../src/domain/traffic/access-entry.js';
import { accessEntry } from '../../builders/traffic.js';

function figuresOf(entries: readonly Partial<AccessEntry>[]) {
  const counting = countingFigures();
  for (const entry of entries) counting.add(accessEntry(entry));
  return counting.figures();
}

const entries = fc.array(
  fc.record({
    endedMs: fc.integer({ min: 1_800_000_000_000, max: 1_800_000_100_000 }),
    durationMs: fc.double({ min: 0.01, max: 60_000, noNaN: true }),
    status: fc.constantFrom(0, 200, 404, 500, 502),
    bytes: fc.nat({ max: 100_000 }),
    upstream: fc.constantFrom(null, '10.0.0.1:80', '10.0.0.2:80', '__proto__'),
    upstreamMs: fc.option(fc.double({ min: 0.01, max: 60_000, noNaN: true })),
    side: fc.constantFrom(null, 'm/stable', 'm/canary'),
    refused: fc.constantFrom(null, 'ip' as const, 'bad-request' as const, 'sign-in' as const),
    path: fc.constantFrom('/', '/a', '/b'),
  }),
  { maxLength: 60 },
);

describe('figures of a route', () => {
  it('take the time until a WebSocket began for its latency, not its life', () => {
    const { latency, upstreams } = figuresOf([
      { status: 101, durationMs: 180_000, upstreamMs: 2, upstream: '10.0.0.1:80' },
    ]);
    expect(quantile(latency, 0.5)).toBeCloseTo(2, 1);
    expect(quantile(upstreams['10.0.0.1:80']!.latency, 0.5)).toBeCloseTo(2, 1);
  });

  it('count requests by status, refusal, upstream server and side', () => {
    const figures = figuresOf([
      { status: 200, upstream: '10.0.0.1:80', upstreamMs: 4, durationMs: 5, side: 'm/stable', bytes: 10 },
      { status: 502, upstream: '10.0.0.1:80', upstreamMs: null, durationMs: 9, side: 'm/canary', bytes: 1 },
      { status: 403, upstream: null, refused: 'ip', path: '/admin', clientIp: '192.0.2.9' },
    ]);
    expect(figures).toMatchObject({ requests: 3, statuses: { 200: 1, 403: 1, 502: 1 }, refused: { ip: 1 } });
    expect(figures.upstreams['10.0.0.1:80']).toMatchObject({ requests: 2, errors: 1, latency: { sum: 13 } });
    expect(figures.sides['m/canary']).toMatchObject({ requests: 1, errors: 1 });
    expect(figures.top.paths.top.map(([path]) => path)).toContain('/admin');
    expect([errorsOf(figures), deniedOf(figures)]).toEqual([1, 1]);
  });

  it('count a malformed request and one that broke off by status, and as no error of the route, a server or a side', () => {
    const answered = { upstream: '10.0.0.1:80', upstreamMs: null, side: 'm/canary', status: 502 };
    const figures = figuresOf([{ ...answered, refused: 'bad-request' }, answered, { ...answered, status: 504, refused: 'bad-request' }]); // prettier-ignore
    expect(figures).toMatchObject({ requests: 3, statuses: { 502: 2, 504: 1 }, refused: { 'bad-request': 2 } });
    expect([errorsOf(figures), figures.upstreams['10.0.0.1:80']?.errors, figures.sides['m/canary']?.errors]).toEqual([1, 1, 1]); // prettier-ignore
  });

  it('merge to the figures of all requests, also after a way through JSON', () => {
    fc.assert(
      fc.property(fc.array(entries, { maxLength: 4 }), (parts) => {
        const stored = JSON.parse(JSON.stringify(parts.map(figuresOf))) as ReturnType<typeof figuresOf>[];
        expect(merged(stored)).toEqual(figuresOf(parts.flat()));
      }),
    );
  });

  it('of nothing are the figures of no requests', () => {
    expect(merged([])).toEqual(noFigures);
  });
});

describe('levels', () => {
  const NOW = Date.parse('2027-05-05T12:00:00Z');
  const HOUR = 3_600_000;

  it.each([
    [1, 0, '10s'],
    [23, 0, '10s'],
    [25, 24, '1m'],
    [6 * 24, 0, '1m'],
    [13 * 24, 0, '1h'],
    [20 * 24, 19 * 24, '1h'],
  ])('for %d h to %d h ago is one that keeps it and has few slots', (from, to, level) => {
    expect(levelFor(NOW - from * HOUR, NOW - to * HOUR, NOW)).toBe(level);
  });

  it('begin a slot at a whole multiple of its length', () => {
    expect(new Date(slotStart('10s', NOW + 19_999)).toISOString()).toBe('2027-05-05T12:00:10.000Z');
    expect(new Date(slotStart('1h', NOW - 1)).toISOString()).toBe('2027-05-05T11:00:00.000Z');
  });
});

describe('figures in memory', () => {
  it('answer coarser levels from slots of 10 seconds', async () => {
    const slot = (startMs: number): Slot => ({ level: '10s', startMs, proxy: 'caddy', routes: {} });
    const found: number[] = [];
    for await (const { startMs } of memoryFigures([slot(130_000), slot(50_000), slot(70_000)]).slots('1m', 60_000, 180_000)) found.push(startMs); // prettier-ignore
    expect(found).toEqual([60_000, 120_000]);
  });
});
