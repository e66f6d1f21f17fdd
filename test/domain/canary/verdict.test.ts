import { describe, expect, it } from 'vitest';
import { FALSE_ALARM, verdictOn, nothingSpent, type Trial } from '../../../src/domain/canary/verdict.js';
import { limits, seeded } from '../../builders/canary.js';

const counts = (requests: number, errors = 0, slow = 0) => ({ requests, errors, slow });

function trial(more: Partial<Trial>): Trial {
  const stable = more.stable ?? counts(0);
  return { limits: limits(), canary: counts(0), stable, stableBefore: stable, isOver: false, ...more };
}

const verdict = (more: Partial<Trial>) => verdictOn(trial(more), nothingSpent).verdict;

describe('a canary', () => {
  it('is not judged before it has enough requests, and says how many are missing', () => {
    expect(verdict({ canary: counts(83, 83), stable: counts(900) })).toEqual({
      kind: 'hold',
      sentence: 'too few requests: 83 of 100, 17 more are needed',
    });
  });

  it('is good within its limits', () => {
    expect(verdict({ canary: counts(1_000, 2), stable: counts(9_000, 5) }).kind).toBe('good');
  });

  it('is in breach when it is over a limit and worse than the stable side, and says so with the figures', () => {
    const { kind, sentence } = verdict({ canary: counts(1_000, 52), stable: counts(9_000, 9) });
    expect(kind).toBe('breach');
    expect(sentence).toContain('5.2% of the canary’s requests failed (52 of 1,000; limit 1%)');
    expect(sentence).toContain('0.1% of the stable side’s at the same time (9 of 9,000)');
  });

  it('is in breach when too many of its answers are late', () => {
    const { kind, sentence } = verdict({ canary: counts(1_000, 0, 60), stable: counts(9_000, 0, 40) });
    expect(kind).toBe('breach');
    expect(sentence).toContain('6% of the canary’s requests took longer than 500ms');
  });

  it('is not in breach while the stable side fails as often', () => {
    expect(verdict({ canary: counts(1_000, 300), stable: counts(9_000, 2_700) }).kind).toBe('good');
  });

  it.each([
    ['every request of both sides failed', counts(1_000, 1_000), counts(9_000, 9_000)],
    ['every request of the stable side failed', counts(1_000), counts(9_000, 9_000)],
    ['every request of the stable side failed', counts(1_000), counts(1, 1)],
  ])('is never good while %s', (sentence, canary, stable) => {
    const given = { canary, stable, stableBefore: counts(9_000) };
    for (const one of [limits(), limits({ maxErrorRate: null }), limits({ maxErrorRate: null, maxLatencyP99: null })]) {
      expect(verdict({ ...given, stableBefore: stable, limits: one })).toEqual({
        kind: 'hold',
        sentence: expect.stringContaining(sentence) as string,
      });
    }
  });

  it('is in breach when it answers nothing well, also without a limit on errors', () => {
    const given = { limits: limits({ maxErrorRate: null }), canary: counts(1_000, 1_000), stable: counts(9_000, 9) };
    expect(verdict(given)).toEqual({
      kind: 'breach',
      sentence: expect.stringContaining('100% of the canary’s requests failed (1,000 of 1,000)') as string,
    });
  });

  it('is not analysed when no limit says how', () => {
    const given = { limits: limits({ maxErrorRate: null, maxLatencyP99: null }), stable: counts(9_000) };
    expect(verdict({ ...given, canary: counts(1_000) })).toEqual({
      kind: 'not-analysed',
      sentence: 'no limit on errors or latency is set',
    });
    expect(verdict({ ...given, canary: counts(1_000, 1_000) }).kind).toBe('hold');
    expect(verdict({ ...given, canary: counts(99) }).kind).toBe('hold');
  });

  it('is held while it is suspicious', () => {
    expect(verdict({ canary: counts(200, 5), stable: counts(1_800, 9), isOver: true }).kind).toBe('hold');
  });

  it('is compared with the stable side of before where that has no traffic any more, else with the limit itself', () => {
    const canary = counts(5_000, 100);
    expect(verdict({ canary, stable: counts(3), stableBefore: counts(9_000, 180) }).kind).toBe('good');
    expect(verdict({ canary, stable: counts(3), stableBefore: counts(9_000, 9) }).kind).toBe('breach');
    expect(verdict({ canary, stable: counts(0) })).toMatchObject({
      kind: 'breach',
      sentence: expect.stringContaining('no stable traffic to compare') as string,
    });
  });

  it('is tested when its requests have doubled and at the end, each time more strictly', () => {
    const first = verdictOn(trial({ canary: counts(100), stable: counts(900) }), nothingSpent);
    expect(first.spending).toMatchObject({ looks: 1, requests: 100 });
    // What would be a breach at a first look is none between two looks.
    const bad = trial({ canary: counts(199, 20), stable: counts(1_800) });
    expect(verdictOn(bad, nothingSpent).verdict.kind).toBe('breach');
    expect(verdictOn(bad, first.spending)).toMatchObject({ verdict: { kind: 'hold' }, spending: { looks: 1 } });
    expect(verdictOn({ ...bad, isOver: true }, first.spending).verdict.kind).toBe('breach');
    const atEnd = verdictOn(trial({ canary: counts(150), stable: counts(900), isOver: true }), first.spending);
    expect(atEnd.spending).toEqual({ windows: 0, looks: 2, requests: 150, atEnd: true });
  });
});

describe('the error probability', () => {
  /** The level that a breach was found at, as its sentence says it. */
  const levelAt = (windows: number, looks: number) => {
    const hopeless = trial({ canary: counts(5_000, 5_000), stable: counts(5_000) });
    const { sentence } = verdictOn(hopeless, { ...nothingSpent, windows, looks }).verdict;
    return Number(/less than (.+)$/.exec(sentence)?.[1]);
  };

  it('is smaller in every later window of a step, and at every later look', () => {
    for (let n = 0; n < 20; n++) {
      expect(levelAt(n + 1, 0)).toBeLessThan(levelAt(n, 0));
      expect(levelAt(0, n + 1)).toBeLessThan(levelAt(0, n));
    }
  });

  it('is never exceeded, over however many windows and looks', () => {
    let sum = 0;
    for (let windows = 0; windows < 200; windows++) {
      for (let looks = 0; looks < 20; looks++) sum += levelAt(windows, looks);
    }
    // The sentence has two digits.
    expect(sum).toBeLessThan(FALSE_ALARM * 1.05);
    expect(sum).toBeGreaterThan(FALSE_ALARM * 0.9);
  });
});

/** One step of an interval with a look at each of its 20 parts; answers when it broke a limit, and the last verdict. */
function step(random: () => number, rates: { stable: number; canary: number }, perLook: { stable: number; canary: number }) {
  const seen = { stable: counts(0), canary: counts(0) };
  let spending = nothingSpent;
  let last = '';
  for (let look = 1; look <= 20; look++) {
    for (const side of ['stable', 'canary'] as const) {
      seen[side].requests += perLook[side];
      for (let i = 0; i < perLook[side]; i++) if (random() < rates[side]) seen[side].errors++;
    }
    const judged = verdictOn(trial({ ...seen, stableBefore: seen.stable, isOver: look === 20 }), spending);
    spending = judged.spending;
    last = judged.verdict.kind;
    if (last === 'breach') return { breachAt: look, last };
  }
  return { breachAt: null, last };
} // prettier-ignore

describe('over many runs', () => {
  it('a canary that fails 5% breaks its limit within the interval, once 300 requests came', () => {
    const random = seeded(1);
    for (let run = 0; run < 200; run++) {
      const { breachAt } = step(random, { stable: 0.001, canary: 0.05 }, { stable: 180, canary: 20 });
      expect(breachAt, `run ${run}`).not.toBeNull();
    }
  });

  it.each([
    ['neither fails', 0, 0],
    ['both fail at 0.1%', 0.001, 0.001],
    ['both fail at 2%, over the limit of 1%', 0.02, 0.02],
    ['both fail at 20%', 0.2, 0.2],
  ])('a canary that equals the stable side is never rolled back: %s', (_case, stable, canary) => {
    const random = seeded(2);
    let held = 0;
    for (let run = 0; run < 200; run++) {
      const split = run % 2 === 0 ? { stable: 180, canary: 20 } : { stable: 50, canary: 50 };
      const { breachAt, last } = step(random, { stable, canary }, split);
      expect(breachAt, `run ${run}`).toBeNull();
      if (last === 'hold') held++;
    }
    expect(held / 200).toBeLessThan(0.06);
  });

  it('looking at it a thousand times in a step that lasts for days makes no alarm either', () => {
    const random = seeded(3);
    let alarms = 0;
    for (let run = 0; run < 50; run++) {
      let spending = nothingSpent;
      for (let windows = 0; windows < 50; windows++) {
        const seen = { stable: counts(1_000), canary: counts(100) };
        for (const side of ['stable', 'canary'] as const) {
          for (let i = 0; i < seen[side].requests; i++) if (random() < 0.02) seen[side].errors++;
        }
        if (verdictOn(trial({ ...seen, isOver: true }), spending).verdict.kind === 'breach') alarms++;
        spending = { ...nothingSpent, windows: windows + 1 };
      }
    }
    expect(alarms).toBe(0);
  });
});
