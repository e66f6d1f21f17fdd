import { describe, expect, it } from 'vitest';
import { lookAtProbation } from '../../../src/activities/probation/look-at-probation.js';
import { mustConcernRoutes, probationChange, termsOf } from '../../../src/activities/probation/put-on-probation.js';
import { reviveProbations } from '../../../src/activities/probation/revive-probations.js';
import { memoryFigures } from '../../../src/adapters/memory/figures.js';
import { takeProbation } from '../../../src/client/input/probation.js';
import { changeOf, type Change, type LogEntry } from '../../../src/domain/log/commit.js';
import { emptyState, find, fold } from '../../../src/domain/log/state.js';
import { probationTermsSchema, type ProbationTerms } from '../../../src/domain/resources/probation.js';
import type { Slot } from '../../../src/domain/traffic/figures.js';
import { takenBack } from '../../../src/operations/history/taken-back.js';
import { usualProbation } from '../../../src/worker/usual-probation.js';
import { route, routeChange } from '../../builders/log.js';
import { simulated, usual, type Behaviour } from '../../builders/simulated-traffic.js';

const AT = '2026-03-01T12:00:00.000Z';
const AT_MS = Date.parse(AT);
const app = route('app.example.com', { upstream: 'api' });
const moved = { ...app, upstream: 'localhost:1' };

function entry(sequence: number, id: string, changes: readonly Change[]): LogEntry[] {
  const commit = { type: 'committed', id, at: AT, actor: 'ada', reason: null, operation: 'route.update' } as const;
  const ended = { type: 'ended', id, at: AT, result: 'completed', detail: null, behind: [] } as const;
  return [
    { position: { sequence, hash: id }, message: { ...commit, workflowId: id, changes, previous: null } },
    { position: { sequence: sequence + 1, hash: `${id} ended` }, message: ended },
  ];
}

const terms = (more: Partial<ProbationTerms> = {}): ProbationTerms => ({
  ...{ for: '10m', maxErrorRate: null, maxLatencyP99: null },
  ...more,
});

/** A log in which a route was moved on probation. */
function logWith(more: Partial<ProbationTerms>, ...later: LogEntry[]) {
  const created = entry(1, 'create', [routeChange(null, app)]);
  const before = fold(emptyState, created);
  const change = routeChange(app, moved);
  const put = probationChange(before, [change], { id: 'move', at: AT, terms: terms(more) });
  return [...created, ...entry(3, 'move', [change, ...put]), ...later];
}

/** The traffic of an hour before, and of ten minutes since. */
function slots(since: Partial<Behaviour>, before: Partial<Behaviour> = {}): Slot[] {
  const behaviour = (second: number) => ({ ...usual, errors: 0.001, ...before, ...(second >= 3_600 ? since : {}) });
  return simulated({ startMs: AT_MS - 3_600_000, seconds: 4_200, seed: 5 }, behaviour).map(({ startMs, figures }) => ({
    ...{ level: '10s', startMs, proxy: 'caddy', routes: figures === null ? {} : { 'app.example.com': figures } },
  }));
}

async function look(log: readonly LogEntry[], traffic: readonly Slot[], afterS: number) {
  const state = fold(emptyState, log);
  const found = log.find(({ message }) => message.type === 'committed' && message.id === 'move');
  const nowMs = AT_MS + afterS * 1_000;
  const deps = {
    log: { view: async () => ({ state, logId: 'log' }), find: async () => found ?? null },
    figures: memoryFigures(traffic.filter(({ startMs }) => startMs + 10_000 <= nowMs)),
    ...{ now: () => new Date(nowMs).toISOString(), newId: () => 'new-id', sha256: (text: string) => text },
    seals: { seal: () => 'sealed', holds: () => true },
  };
  return lookAtProbation(deps as never, { operation: 'move', prefix: '' });
}

describe('a change on probation', () => {
  it('must concern a route, unless nobody asked for the probation', () => {
    const state = fold(emptyState, entry(1, 'create', [routeChange(null, app)]));
    const unused = [changeOf('AuthPolicy', 'staff', null, { name: 'staff' } as never)];
    const asked = { probation: { for: '10m', maxErrorRate: null, maxLatencyP99: null } } as never;
    expect(() => mustConcernRoutes(state, unused, asked)).toThrow('concerns the traffic of no route');
    expect(() => mustConcernRoutes(state, unused, {})).not.toThrow();
    expect(() => mustConcernRoutes(state, [], asked)).not.toThrow();
    expect(() => mustConcernRoutes(state, [routeChange(app, moved)], asked)).not.toThrow();
  });

  it('that makes errors is undone soon, with the figures as the reason', async () => {
    const found = await look(logWith({}), slots({ errors: 0.5 }), 60);
    expect(found?.request).toMatchObject({ operation: 'state.undo', input: { operation: 'move' }, actor: 'hecate' });
    expect(found?.request?.reason).toMatch(
      /^probation of move \(commit 3\) failed: app\.example\.com: \d\d(\.\d+)?% errors, p99 \d+ ms, \d+ requests since; 0\.\d+% errors, p99 \d+ ms, \d+ requests before$/,
    );
  });

  it('that makes it slower is undone', async () => {
    expect((await look(logWith({}), slots({ medianMs: 120 }), 90))?.request?.operation).toBe('state.undo');
  });

  it('is judged by given limits alone', async () => {
    const worse = slots({ errors: 0.05 });
    expect((await look(logWith({ maxErrorRate: 20 }), worse, 300))?.request).toBeNull();
    expect((await look(logWith({ maxErrorRate: 2 }), worse, 300))?.request?.reason).toContain('allowed: at most 2% errors'); // prettier-ignore
    expect((await look(logWith({ maxLatencyP99: '5ms' }), slots({}), 300))?.request?.operation).toBe('state.undo');
    expect((await look(logWith({ maxLatencyP99: '60s' }), slots({}), 300))?.request).toBeNull();
  });

  it('that is as before passes at its end, and the history has the figures', async () => {
    expect((await look(logWith({}), slots({}), 300))?.request).toBeNull();
    const found = await look(logWith({}), slots({}), 621);
    expect(found?.request).toMatchObject({ operation: 'probation.end', input: { operation: 'move' } });
    expect(found?.request?.reason).toMatch(/^passed: app\.example\.com: /);
  });

  it('with too little traffic passes, and says so', async () => {
    const found = await look(logWith({}), slots({ perSecond: 0.01, errors: 1 }, { perSecond: 0.01 }), 621);
    expect(found?.request?.operation).toBe('probation.end');
    expect(found?.request?.reason).toMatch(/^not judged: \d+ requests$/);
  });

  it('is judged no more after a later change of the same, also when it is worse', async () => {
    const later = entry(5, 'later', [routeChange(moved, { ...moved, upstream: 'localhost:2' })]);
    const found = await look(logWith({}, ...later), slots({ errors: 0.9 }), 60);
    expect(found?.request).toMatchObject({ operation: 'probation.end', reason: 'ended: commit 5 (ada) changed Route app.example.com' }); // prettier-ignore
  });

  it('is over when it was undone or ended: nothing is done again', async () => {
    const log = logWith({});
    const state = fold(emptyState, log);
    const { message } = log[2] as LogEntry & { message: { changes: readonly Change[] } };
    const { changes } = takenBack(state, { commit: message as never, later: [] });
    const undone = [...log, ...entry(5, 'undo', changes)];
    expect(find(fold(emptyState, undone), 'Probation', 'move')).toBeUndefined();
    expect(await look(undone, slots({ errors: 0.9 }), 60)).toBeNull();
  });

  it('is not judged before its operation has ended', async () => {
    const log = logWith({}).slice(0, 3);
    expect(await look(log, slots({ errors: 0.9 }), 60)).toMatchObject({ request: null, sentence: 'not live yet' });
  });

  it('gets its workflow again when that is missing', async () => {
    const tended: string[] = [];
    const state = fold(emptyState, logWith({}));
    const probationWatch = {
      isTended: async (operation: string) => tended.includes(operation),
      tend: async (operation: string) => void tended.push(operation),
    };
    const deps = { log: { view: async () => ({ state, logId: 'log' }) } as never, probationWatch };
    expect(await reviveProbations(deps)).toEqual(['move']);
    expect(await reviveProbations(deps)).toEqual([]);
  });
});

describe('what is put on probation', () => {
  const put = (changes: readonly Change[]) =>
    probationChange(fold(emptyState, entry(1, 'create', [routeChange(null, app), routeChange(null, route('other.example.com'))])), changes, { id: 'x', at: AT, terms: terms() }); // prettier-ignore

  it('has the routes that use what changed, and not others', () => {
    const upstream = changeOf('Upstream', 'api', null, { name: 'api' } as never);
    expect(put([upstream])).toMatchObject([
      { after: { routes: ['app.example.com'], until: '2026-03-01T12:10:00.000Z' } },
    ]);
    expect(put([changeOf('Operator', 'ada', null, { name: 'ada' } as never)])).toEqual([]);
    expect(put([])).toEqual([]);
  });

  it('is what asks for it, else what the environment has, but no canary, undo or rollback', () => {
    const usualTerms = usualProbation({ HECATE_PROBATION: '5m', HECATE_PROBATION_MAX_ERROR_RATE: '2%' });
    expect(usualTerms).toEqual(terms({ for: '5m', maxErrorRate: 2 }));
    expect(usualProbation({})).toBeNull();
    expect(() => usualProbation({ HECATE_PROBATION: 'soon' })).toThrow('HECATE_PROBATION');
    expect(termsOf({ operation: 'route.update' }, usualTerms)).toEqual(usualTerms);
    expect(termsOf({ operation: 'route.update', probation: 'none' }, usualTerms)).toBeNull();
    expect(termsOf({ operation: 'route.update', probation: terms() }, null)).toEqual(terms());
    for (const operation of ['state.undo', 'state.rollback', 'route.canary.promote', 'probation.end'] as const)
      expect(termsOf({ operation }, usualTerms)).toBeNull();
    expect(() => termsOf({ operation: 'route.update', probation: { for: '9999h' } as never }, null)).toThrow(
      'probation',
    );
  });

  it('comes from flags, whose limits belong to it', () => {
    const given = { probation: '10m', maxErrorRate: '2%', maxLatencyP99: '500ms', domain: 'a' };
    expect(takeProbation([], given)).toEqual({
      probation: { for: '10m', maxErrorRate: 2, maxLatencyP99: '500ms' },
      options: { domain: 'a' },
    });
    expect(takeProbation([], { probation: 'none' })).toMatchObject({ probation: 'none' });
    expect(takeProbation([], {})).toMatchObject({ probation: null });
    expect(() => takeProbation([], { maxErrorRate: '2%' })).toThrow('--max-error-rate needs --probation');
    expect(() => takeProbation([], { probation: 'soon' })).toThrow('--probation');
    expect(() => takeProbation([], { probation: '10m', maxErrorRate: 'few' })).toThrow('--max-error-rate');
    expect(probationTermsSchema.safeParse(terms({ for: '25h' })).success).toBe(false);
  });
});
