import { describe, expect, it } from 'vitest';
import { freshFact } from '../../../src/activities/watch/fresh-fact.js';
import {
  failedOperations,
  heldFacts,
  openOperations,
  rotationFacts,
} from '../../../src/activities/watch/facts-of-log.js';
import { trafficFacts } from '../../../src/activities/watch/traffic-facts.js';
import { componentFacts, lastingDrift, proxyDriftFacts } from '../../../src/activities/watch/facts-of-systems.js';
import { claimedAddresses } from '../../../src/adapters/caddy/claimed-addresses.js';
import { createMemoryFigures } from '../../../src/adapters/memory/figures.js';
import { createMemoryProxy } from '../../../src/adapters/memory/proxy.js';
import type { Claim } from '../../../src/domain/drift/claims.js';
import { activeOf } from '../../../src/domain/alerts/conditions.js';
import { defaultRules } from '../../../src/domain/alerts/rules.js';
import { countingFigures } from '../../../src/domain/traffic/figures.js';
import type { LogEntry } from '../../../src/domain/log/commit.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import { emptyState, fold } from '../../../src/domain/log/state.js';
import type { EventLog } from '../../../src/ports/event-log.js';
import { factsOf } from '../../builders/facts.js';
import { accessEntry } from '../../builders/traffic.js';
import { entries } from '../../builders/log.js';
import { begunRotation, rotating } from '../../builders/rotating.js';

const now = '2026-11-29T12:00:00.000Z';
const ago = (seconds: number) => new Date(Date.parse(now) - seconds * 1_000).toISOString();

const cursor = { after: '', head: 'x', inode: 1, offset: 0 };
/** Requests of one slot as they are stored: `requests` with each status. */
function part(startMs: number, ...answers: (readonly [status: number, requests: number])[]) {
  const counting = countingFigures();
  for (const [status, requests] of answers) {
    for (let i = 0; i < requests; i++) counting.add(accessEntry({ endedMs: startMs, status }));
  }
  const routes = { 'app.example.com': counting.figures(), '': counting.figures() };
  return {
    proxy: 'caddy',
    cursor,
    source: null,
    starts: [startMs],
    rows: Object.entries(routes).map(([domain, found]) => ({ startMs, domain, figures: found })),
  };
}

describe('a fact', () => {
  it('that cannot be found is unknown, with the reason, and known again later', async () => {
    let time = 0;
    let answers = false;
    const find = async () => {
      if (!answers) throw new Error('it does not answer');
      return [1];
    };
    const fact = freshFact(find, { everyMs: 1_000, patienceMs: 1_000, clock: () => time });
    expect(await fact()).toEqual({ unknown: 'it does not answer' });
    answers = true;
    expect(await fact()).toEqual({ unknown: 'it does not answer' });
    time = 1_000;
    expect(await fact()).toEqual({ known: [1] });
  });

  it('that could not be found is looked for again soon, however rarely it is looked at', async () => {
    let time = 0;
    let looks = 0;
    const find = async () => {
      if (looks++ < 2) throw new Error('it does not answer');
      return [looks];
    };
    const fact = freshFact(find, { everyMs: 300_000, patienceMs: 1_000, clock: () => time });
    expect(await fact()).toEqual({ unknown: 'it does not answer' });
    time = 5_000;
    expect([await fact(), looks]).toEqual([{ unknown: 'it does not answer' }, 1]);
    time = 15_000;
    expect([await fact(), looks]).toEqual([{ unknown: 'it does not answer' }, 2]);
    time = 30_000;
    expect(await fact()).toEqual({ known: [3] });
    time = 299_000;
    expect(await fact()).toEqual({ known: [3] });
    time = 330_000;
    expect(await fact()).toEqual({ known: [4] });
  });

  it('of a look that hangs is the one before, until that is too old', async () => {
    let time = 0;
    let looks = 0;
    const find = () => (looks++ === 0 ? Promise.resolve([1]) : new Promise<number[]>(() => undefined));
    const fact = freshFact(find, { everyMs: 1_000, patienceMs: 1, clock: () => time });
    expect(await fact()).toEqual({ known: [1] });
    time = 60_000;
    expect(await fact()).toEqual({ known: [1] });
    time = 121_000;
    expect(await fact()).toEqual({ unknown: 'the last look took longer than 120 s' });
    expect(looks).toBe(2);
  });
});

describe('facts of the log', () => {
  it('are the operations that failed in the last hour, each once', async () => {
    const attempt = {
      operation: 'route.create',
      subject: 'a.example.com',
      actor: 'anna',
      reason: null,
      workflowId: 'w',
    };
    const ended = (sequence: number, result: 'failed' | 'completed', at: string): LogEntry => ({
      position: { sequence, hash: '' },
      message: { type: 'ended', id: `id-${sequence}`, at, result, detail: 'no', behind: [], attempt },
    });
    const all = [ended(1, 'failed', ago(3_700)), ended(2, 'failed', ago(60)), ended(3, 'completed', ago(50))];
    const log = {
      async *entriesBackwards() {
        yield* all.toReversed();
      },
    } as unknown as EventLog;
    const find = failedOperations(log, () => now);
    const second = { id: 'id-2', operation: 'route.create', subject: 'a.example.com', result: 'failed', detail: 'no' };
    expect(await find()).toEqual([{ ...second, at: ago(60) }]);
    all.push(ended(4, 'failed', ago(10)));
    expect((await find()).map(({ id }) => id)).toEqual(['id-2', 'id-4']);
  });

  it('are the operations without an end, with the times of their commits', async () => {
    const state = fold(emptyState, entries({ first: [] }));
    const log = {
      view: async () => ({ logId: 'log', state }),
      find: async () => ({ message: { at: ago(100) } }),
    } as unknown as EventLog;
    expect(await openOperations(log)()).toEqual(
      [...state.open.values()].map(({ id, operation }) => ({ id, operation, since: ago(100) })),
    );
  });

  it('are rotations that wait for a person, and commits that are not applied', () => {
    const stuck = rotating(begunRotation(ago(1_000), { isStuck: true, problem: 'vault is sealed' }));
    const source = { name: 'https://git', repository: 'https://git', ref: 'main', sha: null, head: null, digest: '' };
    const state = fold(
      emptyState,
      entries({
        all: [
          changeOf('Secret', 'team', null, stuck),
          changeOf('Source', 'https://git', null, {
            ...source,
            held: { sha: 'abcdef0123456789', reasons: ['a', 'b'] },
          }),
        ],
      }),
    );
    expect(rotationFacts(state, now)).toMatchObject([
      { name: 'team', detail: expect.stringContaining('vault is sealed') as string },
    ]);
    expect(heldFacts(state)).toEqual([{ name: 'https://git', detail: 'commit abcdef012345 is not applied: a; b' }]);
  });
});

describe('facts of systems', () => {
  it('name what does not answer', async () => {
    const fails = () => Promise.reject(new Error('refused'));
    const facts = await componentFacts({
      proxies: [{ name: 'caddy', current: fails }],
      log: { view: async () => undefined },
      running: { isRunning: fails },
      secrets: null,
      identity: null,
      notary: () => ({ problem: 'the log was cut off', witnesses: [] }),
    } as unknown as Parameters<typeof componentFacts>[0]);
    expect(facts).toEqual([
      { name: 'caddy', isProxy: true, problem: 'refused' },
      { name: 'nats', isProxy: false, problem: null },
      { name: 'temporal', isProxy: false, problem: 'refused' },
      { name: 'notary', isProxy: false, problem: 'the log was cut off' },
    ]);
  });

  it('name a proxy without a configuration of Hecate, and the server that stands in its place', async () => {
    const log = { view: async () => ({ state: { head: { sequence: 1, hash: '' } } }) };
    const [claim] = claimedAddresses({ apps: { http: { servers: { x: { listen: [':1'] } } } } }, 'unix//a.sock', {
      ...{ httpPort: 1, httpsPort: 2 },
    });
    const looked = async (claims: readonly Claim[]) => {
      const running = { isRunning: async () => false };
      const deps = { proxies: [createMemoryProxy({ claims })], log, running, secrets: null, identity: null };
      const facts = await componentFacts({ ...deps, notary: () => null } as never);
      return facts[0]?.problem;
    };
    expect(await looked([])).toMatch(/no configuration of Hecate\. .*hecate update state reconcile$/);
    expect(await looked([claim!])).toMatch(
      /no configuration of Hecate: server x, .*listens on :1.*reconcile --yes; .*curl/,
    );
  });

  it('have no drift to tell of a proxy that does not answer', async () => {
    const drift = async () => [{ proxy: 'caddy', differences: null }];
    await expect(proxyDriftFacts({ converger: { drift } } as never)).rejects.toThrow('caddy does not answer');
  });

  it('have no drift to tell of a system that differs for a moment only', async () => {
    const fact = (name: string) => ({ name, detail: 'differs' });
    const looks = [
      [fact('caddy'), fact('edge')],
      [fact('edge'), fact('authentik')],
    ];
    const pauses: string[] = [];
    const found = await lastingDrift(
      async () => looks.shift() ?? [],
      async () => void pauses.push('waited'),
    );
    expect([found, pauses]).toEqual([[fact('edge')], ['waited']]);
  });

  it('are requests by time, each counted once however often they are read', async () => {
    const figures = createMemoryFigures();
    const nowMs = Date.parse(now);
    let after = 0;
    const add = async (startMs: number, status: number, requests: number) => {
      after = Number(await figures.append('10s', part(startMs, [status, requests]), after));
    };
    await add(nowMs - 600_000, 200, 10);
    await add(nowMs - 590_000, 502, 5);
    let time = nowMs;
    const find = trafficFacts(figures, () => time);
    const sum = async () => {
      const facts = await find();
      const of = (field: 'requests' | 'errors' | 'denied') => facts.reduce((all, one) => all + one[field], 0);
      return [of('requests'), of('errors'), of('denied')];
    };
    expect(await sum()).toEqual([15, 5, 0]);
    expect(await sum()).toEqual([15, 5, 0]);
    await add(nowMs - 10_000, 401, 2);
    expect(await sum()).toEqual([17, 5, 2]);
    // After an hour the first ones are not known any more.
    time = nowMs + 3_300_000;
    expect(await sum()).toEqual([2, 0, 2]);
  });

  it('are the last slots of a route, so that a rule with a short time does not come and go', async () => {
    const figures = createMemoryFigures();
    const rule = { ...defaultRules.find(({ name }) => name === 'error-rate')!, name: 'shop-errors' };
    const rules = ['30s', '1m', '5m'].map((within) => ({
      ...rule,
      condition: { kind: 'error-rate', above: 2, within, requests: 20 } as const,
    }));
    const beganMs = Date.parse(now);
    let [after, storedTo, time] = [0, beganMs, beganMs];
    const find = trafficFacts(figures, () => time);
    const sums: string[][] = [];
    for (; time < beganMs + 900_000; time += 5_000) {
      // A slot is stored 12 s after its end.
      for (; storedTo + 22_000 <= time; storedTo += 10_000) {
        after = Number(await figures.append('10s', part(storedTo, [200, 24], [502, 16]), after));
      }
      const known = await find();
      expect(known.length).toBeLessThan(36 + 7 + 60);
      if (time < beganMs + 420_000) continue;
      const facts = factsOf({ at: new Date(time).toISOString(), traffic: { known } });
      sums.push(rules.map((one) => activeOf(one, facts, 'main')?.[0]?.description ?? 'none'));
    }
    expect(new Set(sums.map((one) => one.join(' ')))).toEqual(
      new Set(['48 of 120 in 30s. 96 of 240 in 1m. 480 of 1200 in 5m.']),
    );
  });
});
