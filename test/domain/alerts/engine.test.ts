import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Active } from '../../../src/domain/alerts/conditions.js';
import {
  advance,
  emptyMemory,
  withoutDelivered,
  type AlertMemory,
  type Evaluated,
  type Step,
} from '../../../src/domain/alerts/engine.js';
import type { Notification } from '../../../src/domain/alerts/notification.js';
import type { AlertRule } from '../../../src/domain/resources/alert-rule.js';
import type { Silence } from '../../../src/domain/resources/silence.js';

const START = Date.parse('2026-11-29T12:00:00.000Z');
const TICK_MS = 15_000;
const timing = { groupWaitMs: 30_000, groupIntervalMs: 300_000 };
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const at = (seconds: number) => new Date(START + seconds * 1_000).toISOString();

const rule: AlertRule = {
  name: 'upstream-down',
  condition: { kind: 'upstream-down' },
  for: '1m',
  keepFiringFor: '2m',
  severity: 'critical',
  labels: {},
  sinks: [],
  repeat: null,
  enabled: true,
  source: null,
};

function down(server: string, labels: Record<string, string> = {}): Active {
  return {
    labels: { alertname: rule.name, severity: 'critical', route: 'app.example.com', server, ...labels },
    summary: `${server} is down`,
    description: '',
  };
}

/** A clock and a memory that looks at facts every 15 s; each look goes through JSON, as a restart does. */
function engine(overrides: Partial<Step> = {}) {
  let seconds = 0;
  let memory: AlertMemory = emptyMemory;
  const sent: Notification[] = [];
  const look = (evaluated: readonly Evaluated[], more: Partial<Step> = {}) => {
    const step = { silences: [], sinks: ['pager'], timing, sha256, ...overrides, ...more, evaluated, now: at(seconds) };
    memory = JSON.parse(JSON.stringify(advance(memory, step))) as AlertMemory;
    sent.push(...memory.outbox);
    memory = withoutDelivered(memory, new Set(memory.outbox.map(({ id }) => id)));
    seconds += TICK_MS / 1_000;
  };
  return {
    /** Looks for so many seconds, with these things active. */
    run: (forSeconds: number, active: readonly Active[] | null, more: Partial<Step> & { rule?: AlertRule } = {}) => {
      const end = seconds + forSeconds;
      while (seconds < end) look([{ rule: more.rule ?? rule, active }], more);
    },
    look,
    sent: () => sent.map(({ sink, status, alerts }) => [sink, status, alerts.length]),
    all: () => sent,
    memory: () => memory,
  };
}

describe('an alert', () => {
  it('that was covered by another one is not told after the other one ends, when nothing is wrong any more', () => {
    const { look, all } = engine();
    const componentDown: AlertRule = { ...rule, name: 'component-down', for: null, keepFiringFor: '1m' };
    const caddy: Active = {
      ...{ labels: { alertname: 'component-down', severity: 'critical', component: 'caddy' }, covers: 'routes' },
      ...{ summary: 'caddy is down', description: '' },
    };
    for (let seconds = 0; seconds < 2_400; seconds += TICK_MS / 1_000) {
      const isDown = seconds >= 300 && seconds < 900;
      look([
        { rule: componentDown, active: isDown ? [caddy] : [] },
        // Kept firing for longer than what covers it.
        { rule: { ...rule, keepFiringFor: '5m' }, active: isDown ? [down('a')] : [] },
      ]);
    }
    const told = all().map(
      ({ status, alerts }) => `${status} ${alerts.map(({ labels }) => labels['alertname']).join()}`,
    );
    expect(told).toEqual(['firing component-down', 'resolved component-down']);
  });

  it('that was covered is told when it still holds after the other one ended', () => {
    const { run, sent } = engine();
    const silence = { name: 's', since: at(0), until: at(600), matchers: { server: 'a' }, reason: 'r' } as Silence;
    run(600, [down('a')], { silences: [silence] });
    expect(sent()).toEqual([]);
    run(120, [down('a')], { silences: [silence] });
    expect(sent()).toEqual([['pager', 'firing', 1]]);
  });

  it('fires when its condition has held for the time of its rule, and resolves once', () => {
    const { run, sent, memory } = engine();
    run(60, [down('a')]);
    expect(Object.values(memory().alerts)[0]?.firedAt).toBeNull();
    run(120, [down('a')]);
    expect(sent()).toEqual([['pager', 'firing', 1]]);
    run(900, []);
    expect(sent()).toEqual([
      ['pager', 'firing', 1],
      ['pager', 'resolved', 1],
    ]);
    run(3_600, []);
    expect(sent()).toHaveLength(2);
    expect(memory()).toEqual(emptyMemory);
  });

  it('that ends before that time is forgotten', () => {
    const { run, sent, memory } = engine();
    run(45, [down('a')]);
    run(300, []);
    expect(sent()).toEqual([]);
    expect(memory()).toEqual(emptyMemory);
  });

  it('stays as it is while its facts are not known', () => {
    const { run, sent } = engine();
    run(180, [down('a')]);
    run(3_600, null);
    expect(sent()).toEqual([['pager', 'firing', 1]]);
    run(900, []);
    expect(sent().at(-1)).toEqual(['pager', 'resolved', 1]);
  });

  it('stays as it is while only others are known, which fire meanwhile', () => {
    const { look, run, sent } = engine();
    run(180, [down('a')]);
    for (let index = 0; index < 100; index++)
      look([{ rule, active: [down('b')], isUnknown: ({ server }) => server === 'a' }]);
    expect(sent()).toEqual([
      ['pager', 'firing', 1],
      ['pager', 'firing', 2],
    ]);
    run(900, [down('b')]);
    expect(sent().at(-1)).toEqual(['pager', 'firing', 2]);
    run(900, []);
    expect(sent().at(-1)).toEqual(['pager', 'resolved', 1]);
  });

  it('that comes and goes is one alert', () => {
    const { run, sent } = engine();
    for (let round = 0; round < 40; round++) {
      run(75, [down('a')]);
      run(75, []);
    }
    run(1_200, []);
    expect(sent()).toEqual([
      ['pager', 'firing', 1],
      ['pager', 'resolved', 1],
    ]);
  });

  it('resolves when its rule is disabled or deleted', () => {
    const { run, look, sent } = engine();
    run(180, [down('a')]);
    for (let round = 0; round < 40; round++) look([]);
    expect(sent()).toEqual([
      ['pager', 'firing', 1],
      ['pager', 'resolved', 1],
    ]);
  });
});

describe('notifications', () => {
  it('of one moment come together, and later ones after the interval', () => {
    const { run, sent } = engine();
    run(15, [down('a')]);
    run(165, [down('a'), down('b')]);
    expect(sent()).toEqual([['pager', 'firing', 2]]);
    run(120, [down('a'), down('b'), down('c')]);
    expect(sent()).toHaveLength(1);
    run(300, [down('a'), down('b'), down('c')]);
    expect(sent()).toEqual([
      ['pager', 'firing', 2],
      ['pager', 'firing', 3],
    ]);
  });

  it('are repeated at the interval of the rule, each with an id of its own', () => {
    const { run, all } = engine();
    run(3 * 3_600 + 300, [down('a')], { rule: { ...rule, repeat: '1h' } });
    expect(all()).toHaveLength(4);
    expect(new Set(all().map(({ id }) => id)).size).toBe(4);
  });

  it('go to the sinks of the rule, without any to all, and to a new sink too', () => {
    const { run, sent } = engine({ sinks: ['mail', 'pager'] });
    run(180, [down('a')], { rule: { ...rule, sinks: ['mail'] } });
    expect(sent()).toEqual([['mail', 'firing', 1]]);
    run(180, [down('a')]);
    expect(sent()).toEqual([
      ['mail', 'firing', 1],
      ['pager', 'firing', 1],
    ]);
  });

  it('are bounded: what is too much becomes one alert', () => {
    const { run, all } = engine();
    run(
      180,
      Array.from({ length: 2_000 }, (_, index) => down(`s${index}`)),
    );
    expect(all()[0]?.alerts).toHaveLength(501);
    expect(all()[0]?.alerts.some(({ annotations }) => annotations.summary.startsWith('1500 more'))).toBe(true);
  });
});

describe('silences', () => {
  const silence = (matchers: Record<string, string>): Silence => ({
    ...{ name: 'move', matchers, reason: 'a move', since: at(0) },
    until: at(600),
  });

  it.each([
    [{ alertname: 'upstream-down' }, true],
    [{ route: '*.example.com', server: 'a' }, true],
    [{ route: 'a*p.*.com' }, true],
    [{ route: '*.example.org' }, false],
    [{ route: 'app.example.com', server: 'b' }, false],
    [{ team: '*' }, true],
    [{ team: 'web' }, false],
  ])('with %o match: %s', (matchers, isSilent) => {
    const { run, sent } = engine({ silences: [silence(matchers)] });
    run(300, [down('a')]);
    expect(sent()).toHaveLength(isSilent ? 0 : 1);
  });

  it('end by themselves: what still fires is told then', () => {
    const { run, sent } = engine({ silences: [silence({ server: 'a' })] });
    run(600, [down('a')]);
    expect(sent()).toEqual([]);
    run(60, [down('a')]);
    expect(sent()).toEqual([['pager', 'firing', 1]]);
  });

  it('do not hide that something is well again that was told before', () => {
    const { run, sent } = engine();
    run(180, [down('a')]);
    run(900, [], { silences: [{ ...silence({ server: 'a' }), until: at(9_999) }] });
    expect(sent().at(-1)).toEqual(['pager', 'resolved', 1]);
  });
});

describe('inhibition', () => {
  const proxyDown = (covers: 'routes' | 'proxy'): Evaluated => ({
    rule: { ...rule, name: 'component-down', condition: { kind: 'component-down' } },
    active: [
      {
        labels: { alertname: 'component-down', component: 'caddy' },
        summary: 'caddy is down',
        description: '',
        covers,
      },
    ],
  });

  it('tells of a proxy that is down, and not of its routes', () => {
    const { look, sent, all } = engine();
    for (let round = 0; round < 20; round++) look([{ rule, active: [down('a')] }, proxyDown('routes')]);
    expect(sent()).toEqual([['pager', 'firing', 1]]);
    expect(all()[0]?.groupKey).toContain('component-down');
  });

  it('of one proxy among others covers only what is seen through it', () => {
    const { look, all } = engine();
    const active = [down('a'), down('b', { proxy: 'caddy' }), down('c', { proxy: 'caddy-2' })];
    for (let round = 0; round < 20; round++) look([{ rule, active }, proxyDown('proxy')]);
    const told = all().find(({ groupKey }) => groupKey.includes('upstream-down'));
    expect(told?.alerts.map(({ labels }) => labels['server']).sort()).toEqual(['a', 'c']);
  });
});

describe('whatever happens', () => {
  const ticks = fc.array(
    fc.record({
      active: fc.option(fc.subarray(['a', 'b', 'c']), { freq: 8 }),
      /** The worker dies after it stored the memory: what it handed over is handed over again. */
      dies: fc.boolean(),
      sinks: fc.constantFrom(['mail', 'pager'], ['pager']),
      isSilent: fc.boolean(),
    }),
    { minLength: 1, maxLength: 200 },
  );
  const repeats = fc.constantFrom(null, '5m', '1h');

  it('each sink hears of an alert as firing and resolved in turn, each state once', () => {
    fc.assert(
      fc.property(ticks, repeats, (steps, repeat) => {
        const received = new Map<string, Notification>();
        let memory = emptyMemory;
        const quiet = Array.from({ length: 120 }, () => ({
          active: [],
          dies: false,
          sinks: ['pager'],
          isSilent: false,
        }));
        for (const [index, { active, dies, sinks, isSilent }] of [...steps, ...quiet].entries()) {
          const now = at((index * TICK_MS) / 1_000);
          const silence = { name: 's', matchers: { server: 'a' }, since: at(0), until: at(10 ** 6), reason: 'r' };
          memory = advance(memory, {
            evaluated: [{ rule: { ...rule, repeat }, active: active?.map((server) => down(server)) ?? null }],
            silences: isSilent ? [silence] : [],
            ...{ sinks, now, timing, sha256 },
          });
          for (const notification of memory.outbox) {
            const again = received.get(notification.id);
            // The same id is the same message, whenever it is handed over.
            if (again !== undefined) expect(notification).toEqual(again);
            received.set(notification.id, notification);
          }
          if (!dies) memory = withoutDelivered(memory, new Set(memory.outbox.map(({ id }) => id)));
          memory = JSON.parse(JSON.stringify(memory)) as AlertMemory;
        }
        const states = new Map<string, string>();
        for (const { sink, alerts } of received.values()) {
          if (sink !== 'pager') continue;
          for (const { fingerprint, endsAt } of alerts) {
            const now = endsAt === null ? 'firing' : 'resolved';
            const before = states.get(fingerprint) ?? 'resolved';
            if (now === 'resolved') expect(before).toBe('firing');
            states.set(fingerprint, now);
          }
        }
        expect([...states.values()].filter((state) => state !== 'resolved')).toEqual([]);
        expect(memory).toEqual(emptyMemory);
      }),
      { numRuns: 100 },
    );
  });
});
