import { describe, expect, it } from 'vitest';
import { answerFromLog } from '../../../src/activities/history/answer-from-log.js';
import { stateAt } from '../../../src/activities/history/state-at.js';
import type { Moment } from '../../../src/domain/values/moment.js';
import { openOn } from '../../../src/domain/log/state.js';
import { createHistory, type History } from '../../builders/history.js';
import { route, routeChange } from '../../builders/log.js';

const [one, two] = [route('a.example.com', { upstream: 'one:1' }), route('a.example.com', { upstream: 'two:1' })];
const minute = (n: number) => ({ at: new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString() });

/** Created at 0:01 (commit 1), changed at 0:02 (commit 3). */
function twice(): History {
  const history = createHistory();
  history.commit('first', [routeChange(null, one)]);
  history.commit('second', [routeChange(one, two)]);
  return history;
}

async function upstreamAt(history: History, moment: Moment): Promise<string | undefined> {
  const past = await stateAt(history.reader, moment);
  if (past.kind !== 'known') return past.kind;
  const held = past.state.resources.get('Route/a.example.com');
  return held?.kind === 'Route' ? ((held.value as typeof one).upstream ?? undefined) : undefined;
}

describe('the state at a moment', () => {
  it.each<[string, Moment, string]>([
    ['at a commit’s own time', minute(1), 'one:1'],
    ['between two commits', { at: '2026-01-01T00:01:30.000Z' }, 'one:1'],
    ['after all', minute(59), 'two:1'],
    ['after a commit by its sequence', { sequence: 1 }, 'one:1'],
    ['after the outcome of a commit', { sequence: 2 }, 'one:1'],
    ['at the end by its sequence', { sequence: 4 }, 'two:1'],
    ['before the first commit', minute(0), 'before-first'],
    ['at sequence 0', { sequence: 0 }, 'before-first'],
    ['past the end', { sequence: 5 }, 'after-last'],
  ])('%s', async (_title, moment, expected) => {
    expect(await upstreamAt(twice(), moment)).toBe(expected);
  });

  it('says when the log begins, and for which commit it stands', async () => {
    const { reader } = twice();
    expect(await stateAt(reader, minute(0))).toEqual({ kind: 'before-first', begins: minute(1).at });
    expect(await stateAt(createHistory().reader, minute(0))).toEqual({ kind: 'before-first', begins: null });
    expect(await stateAt(reader, minute(50))).toMatchObject({ sequence: 3, at: minute(2).at });
  });

  it('leaves out a commit that was undone, also when that came after the moment', async () => {
    const history = twice();
    history.commit('bad', [routeChange(two, one)], { open: true });
    const whenOpen = minute(3);
    expect(await upstreamAt(history, whenOpen)).toBe('one:1');
    history.end('bad', 'undone');
    expect(await upstreamAt(history, whenOpen)).toBe('two:1');
    expect(await upstreamAt(history, { sequence: 5 })).toBe('two:1');
    expect(await stateAt(history.reader, minute(59))).toMatchObject({ sequence: 3 });
  });

  it('is empty, not missing, while everything was undone', async () => {
    const history = createHistory();
    history.commit('bad', [routeChange(null, one)], { open: true });
    history.end('bad', 'undone');
    expect(await stateAt(history.reader, minute(9))).toMatchObject({ kind: 'known', sequence: 0 });
  });

  it('shows as under way only what still is', async () => {
    const history = createHistory();
    history.commit('slow', [routeChange(null, one)], { open: true });
    const keys = new Set(['Route/a.example.com'] as const);
    const open = async () => {
      const past = await stateAt(history.reader, minute(1));
      return past.kind === 'known' ? openOn(past.state, keys, '').length : past.kind;
    };
    expect(await open()).toBe(1);
    history.end('slow', 'completed');
    expect(await open()).toBe(0);
  });
});

describe('a commit of the past', () => {
  const commitOf = async (history: History, ref: string) =>
    (await answerFromLog(history.reader, [{ kind: 'commit', ref }])).commit();

  it('is found by its sequence and by its id', async () => {
    const history = twice();
    expect((await commitOf(history, '1'))?.commit.id).toBe('first');
    expect((await commitOf(history, 'second'))?.position.sequence).toBe(3);
    for (const ref of ['2', '99', 'third']) expect(await commitOf(history, ref)).toBeNull();
  });

  it('comes with what was done to the same resources since, without what was undone', async () => {
    const history = twice();
    history.commit('other', [routeChange(null, route('b.example.com'))]);
    history.commit('bad', [routeChange(two, one)], { open: true });
    history.end('bad', 'undone');
    expect((await commitOf(history, 'first'))?.later.map(({ commit }) => commit.id)).toEqual(['second']);
    expect(await commitOf(history, 'bad')).toMatchObject({ isUndone: true, later: [] });
  });
});
