import { expect, it } from 'vitest';
import { noFigures } from '../../../src/domain/traffic/figures.js';
import { statusClass, summaryOf } from '../../../src/domain/traffic/summary.js';
import { figuresOf, times } from '../../builders/figures.js';

it('sums statuses by class, refusals by reason, and parts with the busiest first', () => {
  const figures = figuresOf(
    ...times(7),
    ...times(2, { status: 502, upstream: '10.0.0.2:80', side: 'm1/canary' }),
    { status: 429, upstream: null, refused: 'rate-limit' },
    { status: 0, upstream: null },
  );
  expect(summaryOf(figures, 10_000)).toMatchObject({
    requests: 11,
    rate: 1.1,
    bytes: 1100,
    statuses: { '0': 1, '200': 7, '429': 1, '502': 2 },
    classes: { '1xx': 0, '2xx': 7, '3xx': 0, '4xx': 1, '5xx': 2, none: 1 },
    denied: { 'rate-limit': 1 },
    upstreams: [
      { name: '10.0.0.1:80', requests: 7, errors: 0 },
      { name: '10.0.0.2:80', requests: 2, errors: 2 },
    ],
    sides: [{ name: 'm1/canary', requests: 2, errors: 2 }],
    lastHit: '2026-01-01T00:00:05.000Z',
  });
});

it('has no latency and no rate without requests', () => {
  expect(summaryOf(noFigures, 0)).toMatchObject({ rate: 0, latencyMs: { p50: null, p95: null, p99: null } });
});

it.each([
  [0, 'none'],
  [101, '1xx'],
  [599, '5xx'],
  [999, 'none'],
])('status %i is of the class %s', (status, name) => expect(statusClass(status)).toBe(name));
