import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeOf, type Change } from '../../../src/domain/log/commit.js';
import { emptyState, fold, type State } from '../../../src/domain/log/state.js';
import { dependenceOf } from '../../../src/domain/why/concerns.js';
import { eventsFor, type PlacedCommit } from '../../../src/domain/why/causes.js';
import { middlewareNames } from '../../../src/domain/middleware/list.js';
import { middlewareAspects } from '../../../src/domain/why/fit.js';
import type { Observation } from '../../../src/domain/why/observation.js';
import { trafficChanges, type Symptom } from '../../../src/domain/why/symptoms.js';
import { verdictOf } from '../../../src/domain/why/verdict.js';
import type { Upstream } from '../../../src/domain/resources/upstream.js';
import type { AuthPolicy } from '../../../src/domain/resources/auth-policy.js';
import { route } from '../../builders/log.js';
import { simulated, usual, type Behaviour } from '../../builders/simulated-traffic.js';

const DOMAIN = 'app.example.com';
const START = Date.parse('2026-03-01T12:00:00.000Z');
const HOUR = 3_600;
/** Two hours: the first one only serves to compare. */
const SECONDS = 2 * HOUR;
const SINCE = START + HOUR * 1_000;
/** Time of the planted change, in seconds. */
const AT = HOUR + 1_500;

const before = route(DOMAIN, { upstream: 'app', authPolicy: 'staff' });
const own = (more: object): Change => changeOf('Route', DOMAIN, before, { ...before, ...more });
const other = (domain: string): Change =>
  changeOf('Route', domain, route(domain), { ...route(domain), upstream: 'localhost:4000' });
const upstream = changeOf('Upstream', 'app', { name: 'app' } as Upstream, { name: 'app' } as Upstream);
const policy = changeOf('AuthPolicy', 'staff', { name: 'staff' } as AuthPolicy, { name: 'staff' } as AuthPolicy);

const state: State = fold(emptyState, [
  {
    position: { sequence: 1, hash: '1' },
    message: {
      ...{ type: 'committed', id: 'first', at: new Date(START - 1e8).toISOString(), actor: 'ada', reason: null },
      ...{
        operation: 'route.create',
        workflowId: 'w',
        previous: null,
        changes: [changeOf('Route', DOMAIN, null, before)],
      },
    },
  },
]);

interface Happened {
  readonly at: number;
  readonly changes?: readonly Change[];
  readonly seen?: Pick<Observation, 'kind' | 'subject'>;
}

function judge(
  seed: number,
  behaviour: (second: number, random: () => number) => Behaviour,
  happened: readonly Happened[],
) {
  const iso = (second: number) => new Date(START + second * 1_000).toISOString();
  const commits = happened.flatMap(
    ({ at, changes }, index): PlacedCommit[] =>
    changes === undefined
      ? []
      : [{ sequence: 100 + index, commit: { ...{ id: `c${index}`, at: iso(at), actor: 'ada', reason: null, operation: 'route.update' }, changes } }], // prettier-ignore
  );
  const observations = happened.flatMap(({ at, seen }) =>
    seen === undefined ? [] : [{ ...seen, at: iso(at), detail: null }],
  );
  const dependence = dependenceOf(state, DOMAIN, commits.map(({ commit }) => commit)); // prettier-ignore
  const surroundings = {
    dependence,
    servers: new Set(['10.0.0.1:80']),
    proxies: new Set(['caddy']),
    requiresSignIn: true,
  };
  const analysis = trafficChanges(simulated({ startMs: START, seconds: SECONDS, seed }, behaviour), SINCE);
  return verdictOf(analysis, eventsFor(commits, observations, surroundings));
}

/** Usual until the planted moment, then different. */
const then =
  (more: Partial<Behaviour>, from: Partial<Behaviour> = {}) =>
  (second: number): Behaviour =>
    second < AT ? { ...usual, ...from } : { ...usual, ...from, ...more };

const noise = [
  { at: AT - 5, changes: [other('b.example.com')] },
  { at: AT - 400, changes: [other('c.example.com')] },
  { at: AT - 1_400, changes: [own({ headers: { 'X-App': 'early' } })] },
  { at: AT + 300, changes: [own({ headers: { 'X-App': 'late' } })] },
  { at: AT - 60, seen: { kind: 'started', subject: 'worker' } },
] as const;

const daily = (second: number) => 1 + 0.6 * Math.sin((2 * Math.PI * (second + 9_000)) / 86_400);

const planted: readonly (readonly [string, Symptom, (second: number, random: () => number) => Behaviour, readonly Change[]])[] = [
  ['a dead upstream', 'errors', then({ errors: 1 }), [own({ upstream: 'localhost:1' })]],
  ['an upstream that fails half of the time', 'errors', then({ errors: 0.5 }), [own({ upstream: 'localhost:1' })]],
  ['errors of 5%', 'errors', then({ errors: 0.05 }), [own({ upstream: 'localhost:1' })]],
  ['errors of 4% with much traffic', 'errors', then({ errors: 0.04 }, { perSecond: 20 }), [upstream]],
  ['errors with little traffic', 'errors', then({ errors: 0.6 }, { perSecond: 0.1 }), [upstream]],
  ['errors of a server that failed before, too', 'errors', then({ errors: 0.25 }, { errors: 0.03 }), [upstream]],
  ['errors in a daily pattern', 'errors', (s) => ({ ...then({ errors: 0.1 })(s), perSecond: 5 * daily(s) }), [upstream]],
  ['errors for ten minutes', 'errors', (s) => (s < AT + 600 ? then({ errors: 0.2 })(s) : usual), [upstream]],
  ['a limit of the rate', 'denied', then({ denied: 0.3, refusedBy: 'rate-limit' }), [own({ middleware: ['rate-limit:5/m'] })]],
  ['a filter of addresses', 'denied', then({ denied: 0.9, refusedBy: 'ip' }), [own({ middleware: ['ip-allow:10.0.0.0/8'] })]],
  ['a policy that turns people away', 'denied', then({ denied: 0.4 }), [policy]],
  ['a policy with little traffic', 'denied', then({ denied: 0.7 }, { perSecond: 0.15 }), [policy]],
  ['twice the latency', 'latency', then({ medianMs: 80 }), [own({ upstream: 'localhost:2' })]],
  ['half more latency', 'latency', then({ medianMs: 60 }), [upstream]],
  ['twenty times the latency', 'latency', then({ medianMs: 800 }), [upstream]],
  ['latency with little traffic', 'latency', then({ medianMs: 200 }, { perSecond: 0.2 }), [upstream]],
  ['a slow part of the servers', 'tail-latency', then({ slow: 0.2 }), [upstream]],
  ['latency of a noisy route', 'latency', then({ medianMs: 140 }, { spread: 1.2 }), [own({ upstream: 'localhost:2' })]],
  ['no visitors any more', 'traffic', then({ perSecond: 0 }), [own({ tls: {} })]],
  ['a fifth of the visitors', 'traffic', then({ perSecond: 1 }), [policy]],
]; // prettier-ignore

/** What a probation or its operator undid at once. */
const short = [30, 40, 60].flatMap((seconds) =>
  [0.3, 1].map((errors) => [`errors of ${errors * 100}% for ${seconds} s`, seconds, errors] as const),
);

describe('a planted regression names its commit', () => {
  it.each(short)('%s', (_, seconds, errors) => {
    // Slots of 10 s begin at any moment of it.
    for (const late of [0, 3, 7]) {
      const until = AT + late + seconds;
      const behaviour = (second: number) => ({
        ...{ ...usual, perSecond: 20 },
        ...(second >= AT + late && second < until ? { errors } : {}),
      });
      const verdict = judge(late + 1, behaviour, [...noise, { at: AT + late - 3, changes: [upstream] }]);
      expect(`${late}: ${namedBy(verdict)} over: ${verdict.isOver}`).toBe(
        `${late}: cause ${100 + noise.length} over: true`,
      );
    }
  });

  it.each([40, 50, 70])('%d s of errors with little traffic, which are over', (seconds) => {
    for (let late = 0; late < 10; late += 2) {
      const from = AT + late;
      const isBad = (second: number) => second >= from && second < from + seconds;
      const behaviour = (second: number) => ({ ...usual, perSecond: 4, errors: isBad(second) ? 0.97 : 0.02 });
      const verdict = judge(late + 20, behaviour, [{ at: from - 1, changes: [upstream] }]);
      expect(`${late}: ${namedBy(verdict)} over: ${verdict.isOver}`).toBe(`${late}: cause 100 over: true`);
    }
  });

  it.each([0.3, 1])('errors of %d: not the next commit, which came after them', (errors) => {
    for (const [seed, after] of [8, 9, 11, 12].entries()) {
      const behaviour = (second: number) => ({ ...usual, perSecond: 20, ...(second >= AT ? { errors } : {}) });
      const [first, second] = [AT - 1, AT + after].map((at) => ({ at, changes: [upstream] }));
      const verdict = judge(seed + 40, behaviour, [...noise, first!, second!]);
      expect(`${after}: ${namedBy(verdict)}`).toBe(`${after}: cause ${100 + noise.length}`);
    }
  });

  it('redirects of everybody', () => {
    const behaviour = then({ redirected: 1 }, { perSecond: 20 });
    const verdict = judge(50, behaviour, [
      ...noise,
      { at: AT - 3, changes: [own({ middleware: ['redirect:https://b.example.com'] })] },
    ]);
    expect(namedBy(verdict)).toBe(`cause ${100 + noise.length}`);
  });

  it.each(planted)('%s', (name, symptom, behaviour, changes) => {
    const verdict = judge(planted.findIndex(([one]) => one === name) + 1, behaviour, [
      ...noise,
      { at: AT - 3, changes },
    ]);
    const found = verdict.explained.find(({ change }) => change.symptom === symptom && change.isWorse);
    const plantedMs = START + AT * 1_000;
    const isWithin =
      found !== undefined && found.change.fromMs - 60_000 <= plantedMs && found.change.toMs + 60_000 >= plantedMs;
    expect(`${isWithin} ${namedBy(verdict)}`).toBe(`true cause ${100 + noise.length}`);
  });
});

/** Commits within seconds of the planted one, before and after it, that cannot have done what was seen. */
const harmless = [
  own({ label: 'new' }),
  own({ middleware: ['header:X-Frame-Options=DENY'] }),
  own({ middleware: ['compression'] }),
  own({ middleware: ['max-body:10MB'] }),
  own({ source: 'git' }),
];
const beside: readonly (readonly [string, Partial<Behaviour>, Change])[] = [
  ['another server', { errors: 0.6 }, own({ upstream: 'localhost:1' })],
  ['a dead server', { errors: 1, refusedBy: 'no-upstream' }, own({ upstream: 'localhost:1' })],
  ['a wrong health check', { errors: 1, refusedBy: 'no-upstream' }, own({ healthCheck: { path: '/wrong' } })],
  ['a header for the upstream', { denied: 0.8 }, own({ headers: { Host: 'other' } })],
  ['a rewritten path', { denied: 0.8 }, own({ middleware: ['strip-prefix:/api'] })],
  ['a filter of addresses', { denied: 0.8, refusedBy: 'ip' }, own({ middleware: ['ip-allow:10.0.0.0/8'] })],
  ['a limit', { denied: 0.5, refusedBy: 'rate-limit' }, own({ middleware: ['rate-limit:5/m'] })],
  ['a password', { denied: 1, refusedBy: 'basic-auth' }, own({ middleware: ['basic-auth:staff'] })],
  ['sign-in', { redirected: 1, refusedBy: 'sign-in' }, own({ authPolicy: 'other' })],
  ['maintenance', { errors: 1, refusedBy: 'maintenance' }, own({ middleware: ['maintenance'] })],
  ['a redirect', { redirected: 1 }, own({ middleware: ['redirect:https://b.example.com'] })],
  ['a slow server', { medianMs: 300 }, upstream],
];

describe('a planted regression beside harmless commits names its commit', () => {
  it.each(beside)('%s', (_, more, change) => {
    for (const [seed, other] of harmless.entries()) {
      const away = [-12, -4, 0, 2, 6][seed] ?? 0;
      const verdict = judge(seed + 70, then(more, { perSecond: 10 }), [
        { at: AT - 2, changes: [change] },
        { at: AT + away, changes: [other] },
      ]);
      expect(`${seed} ${away}: ${namedBy(verdict)}`).toBe(`${seed} ${away}: cause 100`);
    }
  });
});

describe('the verdict is about the worst change', () => {
  const server = own({ upstream: 'localhost:1' });
  const EARLIER = AT - 240;
  const blip = (second: number) => (second >= EARLIER && second < EARLIER + 70 ? { medianMs: 130 } : {});
  const behaviour = (more: Partial<Behaviour>) => (second: number) => ({ ...then(more, { perSecond: 10 })(second), ...blip(second) }); // prettier-ignore

  it('and not about one with a cause of another time', () => {
    const verdict = judge(60, behaviour({ errors: 1 }), [
      { at: EARLIER - 1, changes: [upstream] },
      { at: AT - 2, changes: [server] },
    ]);
    expect(verdict.explained.map(({ change }) => change.symptom)).toContain('latency');
    expect(namedBy(verdict)).toBe('cause 101');
  });

  it('also when that has no cause', () => {
    const verdict = judge(61, behaviour({ errors: 0.8 }), [{ at: EARLIER - 1, changes: [upstream] }]);
    expect([namedBy(verdict), verdict.isOver]).toEqual(['not-ours', false]);
  });

  it('and names what explains it as well', () => {
    const [first, second] = [AT - 6, AT - 3].map((at) => ({ at, changes: [server] }));
    const verdict = judge(62, then({ errors: 1 }, { perSecond: 10 }), [first!, second!]);
    expect(namedBy(verdict)).toBe('cause 101');
    expect(verdict.asLikely.map((event) => event.kind === 'commit' && event.placed.sequence)).toEqual([100]);
  });

  it('and blames nothing that came clearly before, unless its effect may come late', () => {
    const named = (change: Change, before: number) =>
      namedBy(judge(63, then({ errors: 0.6 }, { perSecond: 10 }), [{ at: AT - before, changes: [change] }]));
    expect(named(own({ headers: { 'X-App': 'a' } }), 40)).toBe('not-ours');
    expect(named(own({ middleware: ['strip-prefix:/api'] }), 40)).toBe('not-ours');
    expect(named(changeOf('Route', DOMAIN, null, before), 60)).toBe('not-ours');
    expect(named(own({ healthCheck: { path: '/wrong' } }), 40)).toBe('cause 100');
    expect(named(server, 40)).toBe('cause 100');
  });
});

describe('what the servers did by themselves names no harmless commit', () => {
  const own = [
    { errors: 1 },
    { errors: 0.3 },
    { errors: 1, refusedBy: 'no-upstream' },
    { denied: 0.7 },
    { redirected: 1 },
    { medianMs: 400 },
    { slow: 0.3 },
  ] as const;
  it.each(own)('%o', (more) => {
    for (const [seed, other] of harmless.entries()) {
      // Compression may be slow.
      if (seed === 2 && !('errors' in more)) continue;
      const away = [-60, -12, -4, 2, 6][seed] ?? 0;
      const verdict = judge(seed + 90, then(more, { perSecond: 10 }), [{ at: AT + away, changes: [other] }]);
      expect(`${seed} ${away}: ${namedBy(verdict)}`).toBe(`${seed} ${away}: not-ours`);
    }
  });
});

it('knows what each kind of middleware decides', () => {
  expect(Object.keys(middlewareAspects).toSorted()).toEqual(middlewareNames.toSorted());
});

/** The outcome, and the sequence of the commit that is named. */
function namedBy({ outcome, likeliest }: ReturnType<typeof judge>): string {
  if (likeliest === null) return outcome;
  return `${outcome} ${likeliest.event.kind === 'commit' ? likeliest.event.placed.sequence : 'observation'}`;
}

/** Commits and restarts at every moment at which something could be taken for a change. */
const busy = Array.from({ length: 24 }, (_, index) => ({ at: index * 300, changes: [own({ upstream: `u${index}` })] }));
const restarts = Array.from({ length: 12 }, (_, index) => ({
  ...{ at: index * 600, seen: { kind: 'started', subject: 'caddy' } as const },
}));

const bursts = (lengthS: number, everyS: number, more: Partial<Behaviour>) => (second: number): Behaviour =>
  second % everyS < lengthS ? { ...usual, ...more } : usual; // prettier-ignore

const controls: readonly (readonly [string, (second: number, random: () => number) => Behaviour])[] = [
  ['a quiet route', () => usual],
  ['much traffic', () => ({ ...usual, perSecond: 25 })],
  ['little traffic', () => ({ ...usual, perSecond: 0.1 })],
  ['hardly any traffic', () => ({ ...usual, perSecond: 0.01 })],
  ['no traffic', () => ({ ...usual, perSecond: 0 })],
  ['many errors all the time', () => ({ ...usual, errors: 0.3 })],
  ['a few errors with little traffic', () => ({ ...usual, errors: 0.05, perSecond: 0.2 })],
  ['a daily pattern', (s) => ({ ...usual, perSecond: 10 * daily(s) })],
  ['a daily pattern with latency by load', (s) => ({ ...usual, perSecond: 10 * daily(s), medianMs: 40 * daily(s) })],
  ['traffic that doubles within an hour', (s) => ({ ...usual, perSecond: 5 * (1 + s / HOUR / 2) })],
  ['bursts of visitors', bursts(120, 700, { perSecond: 20 })],
  ['long bursts of visitors', bursts(600, 1_800, { perSecond: 20 })],
  ['bursts of errors', bursts(20, 400, { errors: 0.3 })],
  ['one burst of errors of ten seconds', (s) => (s >= AT && s < AT + 10 ? { ...usual, errors: 0.8 } : usual)],
  ['bursts of refusals', bursts(60, 900, { denied: 0.5, perSecond: 10 })],
  ['bursts of latency', bursts(30, 500, { medianMs: 400 })],
  ['traffic that comes and goes at random', (_, random) => ({ ...usual, perSecond: random() < 0.1 ? 30 : 2 })],
  ['very uneven latency', () => ({ ...usual, spread: 2, slow: 0.1 })],
  ['a slow rise of latency', (s) => ({ ...usual, medianMs: 40 * (1 + s / HOUR / 4) })],
  ['a job every quarter of an hour', bursts(200, 900, { perSecond: 12, medianMs: 200, errors: 0.05 })],
]; // prettier-ignore

describe('a control names no commit', () => {
  it.each(controls)('%s', (name, behaviour) => {
    const seed = 1_000 + controls.findIndex(([one]) => one === name);
    const named = namedBy(judge(seed, behaviour, [...busy, ...restarts]));
    expect(named).toBe(name === 'no traffic' ? 'too-few' : 'unchanged');
  });

  it('a regression without a commit of ours on the route is not ours', () => {
    const verdict = judge(7, then({ errors: 0.5 }), noise.slice(0, 2));
    expect(verdict).toMatchObject({ outcome: 'not-ours', likeliest: null });
  });

  it('constant behaviour of any kind is unchanged', () => {
    fc.assert(
      fc.property(
        fc.record({
          perSecond: fc.double({ min: 0.02, max: 3, noNaN: true }),
          errors: fc.double({ min: 0, max: 0.6, noNaN: true }),
          denied: fc.double({ min: 0, max: 0.4, noNaN: true }),
          medianMs: fc.double({ min: 1, max: 2_000, noNaN: true }),
          spread: fc.double({ min: 0.1, max: 2, noNaN: true }),
          slow: fc.double({ min: 0, max: 0.2, noNaN: true }),
          seed: fc.integer({ min: 1, max: 1e9 }),
        }),
        ({ seed, ...behaviour }) => {
          const periods = simulated({ startMs: START, seconds: SECONDS, seed }, () => behaviour);
          expect(trafficChanges(periods, SINCE).changes).toEqual([]);
        },
      ),
      { numRuns: 30 },
    );
  });
});
