import { describe, expect, it } from 'vitest';
import type { Canary } from '../../../src/domain/resources/canary.js';
import { analyse, type Observation } from '../../../src/domain/canary/analysis.js';
import { FALSE_ALARM } from '../../../src/domain/canary/verdict.js';
import type { CanaryMemory } from '../../../src/domain/canary/memory.js';
import { canary, limits, NOON, traffic } from '../../builders/canary.js';

const stepped = { percentage: 5, steps: [5, 25], interval: '5m', limits: limits() };
const good = traffic({ stable: { requests: 1_900 }, canary: { requests: 100 } });

const at = (seconds: number) => new Date(Date.parse(NOON) + seconds * 1_000).toISOString();

function look(seconds: number, more: Partial<Canary> = {}, seen: Partial<Observation> = {}, memory: CanaryMemory | null = null) {
  const observation: Observation = {
    canary: canary({ ...stepped, ...more }),
    now: at(seconds),
    traffic: good,
    problem: null,
    stableBefore: good.stable,
    answers: { stable: true, canary: true },
    ...seen,
  };
  return analyse(observation, memory);
} // prettier-ignore

describe('a look at a canary', () => {
  it('is followed by another after a part of the interval, or when the step ends', () => {
    expect(look(0).move).toMatchObject({ kind: 'stay', againMs: 15_000, sentence: '25%', at: at(300) });
    expect(look(0, { interval: '10s' }).move).toMatchObject({ againMs: 1_000 });
    expect(look(295).move).toMatchObject({ againMs: 5_000 });
    expect(look(0, { interval: null, steps: [], limits: null }).move).toMatchObject({ againMs: 5_000, at: null });
  });

  it('lets a good one go on when the interval is over: to the next step, and from the last to its promotion', () => {
    expect(look(299).move.kind).toBe('stay');
    expect(look(300).move).toEqual({ kind: 'advance', percentage: 25 });
    expect(look(300, { percentage: 10 }).move).toEqual({ kind: 'advance', percentage: 25 });
    expect(look(300, { percentage: 25 }).move).toEqual({ kind: 'promote' });
  });

  it('holds one with too few requests, without figures, paused, or without steps', () => {
    const few = { traffic: traffic({ stable: { requests: 100 }, canary: { requests: 3 } }) };
    expect(look(300, {}, few).move).toMatchObject({ kind: 'stay', at: null, sentence: expect.stringContaining('97 more') as string }); // prettier-ignore
    const blind = { traffic: null, problem: 'caddy: no access log is configured' };
    expect(look(300, {}, blind)).toMatchObject({ verdict: { kind: 'hold', sentence: expect.stringContaining('no access log') as string } }); // prettier-ignore
    expect(look(300, { paused: true }).move).toMatchObject({ kind: 'stay', sentence: 'paused before 25%' });
    expect(look(300, { steps: [] }).move).toMatchObject({ kind: 'stay', at: null });
  });

  it('rolls one in breach back, also while it is paused', () => {
    const bad = { traffic: traffic({ stable: { requests: 1_900 }, canary: { requests: 100, errors: 50 } }) };
    expect(look(60, { paused: true }, bad).move).toEqual({ kind: 'rollback' });
  });

  it('holds it while no stable server answers, whatever the figures say', () => {
    const bad = {
      traffic: traffic({ stable: { requests: 1_900, errors: 1_900 }, canary: { requests: 100, errors: 50 } }),
    };
    const seen = { ...bad, answers: { stable: false, canary: true } };
    expect(look(300, {}, seen)).toMatchObject({ verdict: { kind: 'hold', sentence: 'no stable server answers' }, move: { kind: 'stay' } }); // prettier-ignore
  });

  it('takes a server that cannot be asked from here for alive while requests are answered', () => {
    expect(look(300, {}, { answers: { stable: null, canary: null } }).move.kind).toBe('advance');
  });

  it('rolls back one that has been silent for 15 s, or for a minute where it never answered', () => {
    const none = { limits: null };
    const silent = { answers: { stable: true, canary: false }, traffic: null };
    const answered = look(0, none).memory;
    const first = look(10, none, silent, answered);
    expect(first).toMatchObject({ verdict: { kind: 'hold' }, move: { kind: 'stay' } });
    expect(look(25, none, silent, first.memory).move).toEqual({ kind: 'rollback' });
    const forced = look(0, none, silent);
    expect(look(59, none, silent, forced.memory).move.kind).toBe('stay');
    expect(look(60, none, silent, forced.memory)).toMatchObject({
      move: { kind: 'rollback' },
      verdict: { sentence: 'no server of localhost:3001 has answered for 60 s' },
    });
    const back = look(40, none, {}, forced.memory);
    expect(look(60, none, silent, back.memory).move.kind).toBe('stay');
  });

  it('begins a window of its own when a good step lasts longer than its interval', () => {
    const paused = look(300, { paused: true });
    expect(paused.memory).toMatchObject({ windowSince: at(300), spending: { windows: 1, looks: 0 } });
    expect(look(310, { paused: true }, {}, paused.memory).memory.windowSince).toBe(at(300));
  });

  it('spends less of the error probability in every window of such a step', () => {
    let memory: CanaryMemory | null = null;
    for (let window = 1; window <= 5; window++) {
      memory = look(300 * window, { paused: true }, {}, memory).memory;
      expect(memory.spending).toEqual({ windows: window, looks: 0, requests: 0, atEnd: false });
    }
    const bad = { traffic: traffic({ stable: { requests: 1_900 }, canary: { requests: 100, errors: 50 } }) };
    const { verdict } = look(1_560, { paused: true }, bad, memory);
    expect(verdict.sentence).toContain(`less than ${(FALSE_ALARM / (6 * 7) / 2).toExponential(1)}`);
  });

  it('keeps count of the tests in a window', () => {
    const first = look(60);
    expect(first.memory.spending).toMatchObject({ looks: 1, requests: 100 });
    const doubled = { traffic: traffic({ stable: { requests: 3_800 }, canary: { requests: 200 } }) };
    expect(look(75, {}, doubled, first.memory).memory.spending).toMatchObject({ looks: 2, requests: 200 });
  });

  it('forgets what it knew of an earlier step, and of an earlier canary', () => {
    const { memory } = look(300, { paused: true });
    expect(look(301, { stepSince: at(301) }, {}, memory).memory).toMatchObject({ windowSince: at(301), hasAnswered: true, spending: { windows: 0 } }); // prettier-ignore
    const silent = { answers: { stable: true, canary: false }, traffic: null };
    expect(look(301, { since: at(301), stepSince: at(301) }, silent, memory).memory.hasAnswered).toBe(false);
  });
});
