import { describe, expect, it } from 'vitest';
import { undoCommit, type Undoing } from '../../../src/activities/commit/undo-commit.js';
import { inverse, undoId, type LogEntry } from '../../../src/domain/log/commit.js';
import { emptyState, fold } from '../../../src/domain/log/state.js';
import { Failure } from '../../../src/ports/failure.js';
import { entries, route, routeChange } from '../../builders/log.js';

const changes = [routeChange(null, route('app.example.com'))];

/** Undoes `id` in a log that has the commit `one`; returns what it did to the log and to the proxies, in order. */
async function undo(id: string, convergeUndo: Undoing['converger']['convergeUndo']) {
  const written = entries({ one: changes });
  const calls: string[] = [];
  const state = () => fold(emptyState, written);
  const at = () => ({ sequence: written.length + 1, hash: `hash-${written.length + 1}` });
  const log = {
    find: async (wanted: string) => written.find(({ message }) => message.id === wanted && message.type !== 'ended'),
    view: async () => ({ state: state() }),
    async abort(aborted: string, now: string): Promise<LogEntry> {
      calls.push(`abort ${aborted}`);
      const message = { type: 'aborted', id: aborted, at: now, previous: state().head } as const;
      return { position: at(), message };
    },
    async append(draft: object) {
      const message = { type: 'committed', ...draft, previous: state().head } as Extract<
        LogEntry['message'],
        { type: 'committed' }
      >;
      calls.push(`append ${message.id}`);
      written.push({ position: at(), message });
      return { kind: 'appended', position: at() };
    },
  } as unknown as Undoing['log'];
  const converger = {
    convergeUndo() {
      calls.push('converge');
      return convergeUndo(1);
    },
  };
  const undone = await undoCommit({ log, converger, now: () => '2026-01-02T00:00:00.000Z' }, id, 'it answers 502');
  return { undone, calls, newest: written.at(-1)?.message };
}

describe('undoing a commit', () => {
  it('appends its inverse, then converges the proxies again', async () => {
    const { undone, calls, newest } = await undo('one', async () => ({ kind: 'undone', behind: ['caddy-2'] }));
    expect(calls).toEqual([`append ${undoId('one')}`, 'converge']);
    expect(newest).toMatchObject({ undoes: 'one', reason: 'it answers 502', changes: inverse(changes) });
    expect(undone).toEqual({ kind: 'undone', behind: ['caddy-2'] });
  });

  it('fences the id of a commit that was never written, and touches no proxy', async () => {
    const { undone, calls } = await undo('two', async () => ({ kind: 'undone', behind: ['caddy-2'] }));
    expect(calls).toEqual(['abort two']);
    expect(undone).toEqual({ kind: 'undone', behind: [], wasCommitted: false });
  });

  it('is stuck when a proxy was written from another log, and is tried again when one is unavailable', async () => {
    const fails = (kind: 'lost' | 'unavailable') => async () => Promise.reject(new Failure(kind, 'not this log'));
    expect((await undo('one', fails('lost'))).undone).toEqual({ kind: 'stuck', message: 'not this log' });
    await expect(undo('one', fails('unavailable'))).rejects.toThrow('not this log');
  });
});
