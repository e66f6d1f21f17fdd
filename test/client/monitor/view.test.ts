import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  drawMonitor,
  plainMonitor,
  shownRoutes,
  sortKeys,
  sparkline,
  usualChoices,
} from '../../../src/client/monitor/view.js';
import { displayWidth } from '../../../src/client/print/width.js';
import { summaryOf } from '../../../src/domain/traffic/summary.js';
import { figuresOf, times } from '../../builders/figures.js';
import { monitored, monitorSample } from './sample.js';

const NOW = '2026-01-01T00:10:05.000Z';
const busy = monitored('busy.example.com', {
  figures: summaryOf(
    figuresOf(
      ...times(90, { side: 'm1/stable' }),
      ...times(10, { status: 502, durationMs: 900, side: 'm1/canary', upstream: '10.0.0.2:80' }),
      ...times(3, { status: 302, upstream: null, refused: 'sign-in' }),
    ),
    30_000,
  ),
  trend: [...new Array<number>(18).fill(0), 50, 103],
  health: { level: 'fail', details: ['visitors get 502'] },
  certificate: { issuer: 'Example CA', notAfter: '2026-01-31T00:10:05.000Z' },
  inForce: [
    {
      kind: 'bypass',
      name: 'bypass',
      text: 'no sign-in, reason: repair',
      by: 'ada',
      until: '2026-01-01T00:22:40.000Z',
    },
    { kind: 'canary', name: 'canary 10%', text: '10% to blue', by: 'ada', until: null },
  ],
});
const quiet = monitored('quiet.example.com');
const facts = monitorSample([quiet, busy], {
  running: [
    {
      ...{ id: 'o1', workflowId: 'w/o1', operation: 'route.update', subject: 'busy.example.com', actor: 'ada' },
      ...{ state: 'running', detail: 'updating Caddy', startedAt: '2026-01-01T00:10:00.000Z', endedAt: null },
    },
  ],
});

describe('the live view', () => {
  it('shows traffic, health and exceptions of the busiest route first', () => {
    const lines = drawMonitor(facts, usualChoices, { width: 200, height: 12 }, NOW);
    expect(lines).toHaveLength(12);
    expect(lines[0]).toBe('2 routes · 3.4 req/s, 9.7% errors in the last 30 s · 1 FAIL 1 ok · up to 00:10:00 UTC');
    expect(lines[1]).toContain('running: route.update busy.example.com by ada, since 5 s ago: updating Caddy');
    expect(lines[2]).toMatch(/^ {2}ROUTE +HEALTH +REQ\/S +TREND +2XX +3XX +4XX +5XX +DENIED +P50 +P95 +P99 +NOTES$/);
    expect(lines[3]).toMatch(
      /^▸ busy\.example\.com +FAIL +3\.4 +▄█ +90 +3 +0 +10 +3 +10 ms +90\d ms +90\d ms +bypass 12:35, canary 10%, visitors get 502$/,
    );
    expect(lines[4]).toMatch(/^ {2}quiet\.example\.com +ok +0 +0 +0 +0 +0 +0 +– +– +–$/);
    expect(lines.at(-1)).toBe('sort: requests · s sort  / filter  ? help  q quit');
  });

  it('counts an exception down by the second, without new facts', () => {
    const at = (now: string) => drawMonitor(facts, usualChoices, { width: 200, height: 12 }, now)[3];
    expect(at('2026-01-01T00:22:39.000Z')).toContain('bypass 0:01');
    expect(at('2026-01-01T00:30:00.000Z')).toContain('bypass 0:00');
  });

  it('shows upstreams, sides, refusals, certificate and exceptions of an opened route', () => {
    const opened = { ...usualChoices, opened: new Set(['busy.example.com']) };
    const text = drawMonitor(facts, opened, { width: 120, height: 30 }, NOW).join('\n');
    expect(text).toContain('    upstream     10.0.0.1:80: 90 requests, 0% errors, p50 8.0 ms');
    expect(text).toMatch(/canary side {2}canary: 10 requests, 100% errors/);
    expect(text).toContain('    denied       sign-in 3');
    expect(text).toContain('    certificate  Example CA, ends in 30 days');
    expect(text).toContain('    bypass       no sign-in, reason: repair, by ada, 12:35 left');
    expect(text).toContain('    health       visitors get 502');
  });

  it('keeps the selected route in sight', () => {
    const many = monitorSample(
      Array.from({ length: 100 }, (_, n) => monitored(`r${String(n).padStart(2, '0')}.example.com`)),
    );
    const choices = { ...usualChoices, sort: 'name' as const, selected: 70 };
    const lines = drawMonitor(many, choices, { width: 80, height: 10 }, NOW);
    expect(lines.filter((line) => line.startsWith('▸')).join()).toContain('r70.example.com');
  });

  it('shows the same window whatever is selected, as if all rows were drawn', () => {
    const names = Array.from({ length: 30 }, (_, n) => `r${String(n).padStart(2, '0')}.example.com`);
    const many = monitorSample(names.map((name) => monitored(name)));
    for (let selected = 0; selected < 30; selected++) {
      const lines = drawMonitor(many, { ...usualChoices, sort: 'name', selected }, { width: 80, height: 10 }, NOW);
      const rows = lines.slice(2, -1).map((line) => line.slice(2, 17));
      const first = Math.max(0, selected - rows.length + 1);
      expect(rows).toEqual(names.slice(first, first + rows.length));
    }
  });

  it('shows its keys', () => {
    const text = drawMonitor(facts, { ...usualChoices, showsHelp: true }, { width: 80, height: 24 }, NOW).join('\n');
    expect(text).toContain('Ctrl-C');
  });

  it('fits into every size, whatever its texts are', () => {
    const text = fc.string({ unit: 'binary', maxLength: 60 });
    const size = fc.record({ width: fc.integer({ min: 1, max: 220 }), height: fc.integer({ min: 1, max: 50 }) });
    const choices = fc.record({
      sort: fc.constantFrom(...sortKeys),
      filter: fc.constantFrom('', 'e'),
      selected: fc.nat(5),
    });
    fc.assert(
      fc.property(text, text, size, choices, fc.boolean(), (name, detail, at, chosen, all) => {
        const hostile = monitored(name, {
          health: { level: 'fail', details: [detail] },
          figures: summaryOf(figuresOf({ upstream: detail, side: detail }), 30_000),
          inForce: [{ kind: detail, name: detail, text: detail, by: detail, until: null }],
        });
        const shown = monitorSample([hostile, busy], { problems: [detail] });
        const lines = drawMonitor(shown, { ...usualChoices, ...chosen, opened: all ? 'all' : new Set() }, at, NOW);
        expect(lines).toHaveLength(at.height);
        for (const line of lines) {
          expect(displayWidth(line)).toBeLessThanOrEqual(at.width);
          expect(line).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202e]/);
        }
      }),
    );
  });
});

describe('the plain view', () => {
  it('shows every route with its details, and cuts nothing without a width', () => {
    const lines = plainMonitor(facts, Infinity, NOW);
    expect(lines.some((line) => line.startsWith('busy.example.com'))).toBe(true);
    expect(lines.some((line) => line.startsWith('quiet.example.com'))).toBe(true);
    expect(lines.join('\n')).toContain('bypass       no sign-in, reason: repair, by ada, 12:35 left');
  });
});

describe('the order of routes', () => {
  const order = (sort: (typeof sortKeys)[number], isReversed = false) =>
    shownRoutes(facts, { ...usualChoices, sort, isReversed }).map(({ domain }) => domain.split('.')[0]);

  it.each(sortKeys)('by %s has the gravest first, and turns round', (sort) => {
    expect(order(sort)).toEqual(['busy', 'quiet']);
    expect(order(sort, true)).toEqual(['quiet', 'busy']);
  });

  it('leaves out what the filter does not match', () => {
    expect(shownRoutes(facts, { ...usualChoices, filter: 'QUIET' })).toEqual([quiet]);
  });
});

it('draws a trend on one scale', () => {
  expect(sparkline([0, 1, 4, 8])).toBe(' ▁▄█');
  expect(sparkline([0, 0])).toBe('  ');
});
