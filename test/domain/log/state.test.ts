import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inverse, type Change } from '../../../src/domain/log/commit.js';
import { all, emptyState, find, fold, openOn, revisionOf } from '../../../src/domain/log/state.js';
import { entries, route, routeChange, stateWith } from '../../builders/log.js';

describe('fold', () => {
  it('holds a created route with who made it and when', () => {
    const state = stateWith(route('a.example.com'));
    expect(find(state, 'Route', 'a.example.com')).toMatchObject({
      revision: 1,
      createdBy: 'ada',
      createdAt: '2026-01-01T00:00:01.000Z',
    });
  });

  it('forgets a deleted route', () => {
    const a = route('a.example.com');
    const state = fold(emptyState, entries({ one: [routeChange(null, a)], two: [routeChange(a, null)] }));
    expect(all(state, 'Route')).toEqual([]);
  });

  it('keeps a commit open until its outcome', () => {
    const a = route('a.example.com');
    const state = fold(emptyState, entries({ one: [routeChange(null, a)] }, ['one']));
    expect(openOn(state, new Set(['Route/a.example.com']), 'other').map((c) => c.id)).toEqual(['one']);
    expect(openOn(state, new Set(['Route/a.example.com']), 'one')).toEqual([]);
    expect(openOn(state, new Set(['Route/b.example.com']), 'other')).toEqual([]);
  });

  it('finds an open commit by its whole kind, and not by another one', () => {
    const state = fold(emptyState, entries({ one: [routeChange(null, route('a.example.com'))] }, ['one']));
    expect(openOn(state, new Set(['Route/*']), 'other').map((c) => c.id)).toEqual(['one']);
    expect(openOn(state, new Set(['Upstream/*']), 'other')).toEqual([]);
  });

  it('moves its head to a fence, which the next commit has to name', () => {
    const [created] = entries({ one: [routeChange(null, route('a.example.com'))] });
    const position = { sequence: 2, hash: 'fence' };
    const fence = { type: 'aborted', id: 'two', at: '2026-01-01T00:00:02.000Z', previous: null } as const;
    const state = fold(emptyState, [created!, { position, message: fence }]);
    expect(state.head).toEqual(position);
    expect(all(state, 'Route').map((held) => held.name)).toEqual(['a.example.com']);
  });

  it('does not touch the state it starts from', () => {
    const before = stateWith(route('a.example.com'));
    fold(before, entries({ x: [routeChange(null, route('b.example.com'))] }));
    expect(all(before, 'Route').map((held) => held.name)).toEqual(['a.example.com']);
  });

  it('is the same in one go and in two', () => {
    const log = entries(
      { one: [routeChange(null, route('a.example.com'))], two: [routeChange(null, route('b.example.com'))] },
      ['two'],
    );
    expect(fold(fold(emptyState, log.slice(0, 1)), log.slice(1))).toEqual(fold(emptyState, log));
  });
});

describe('the revision of a whole kind', () => {
  const [a, b] = [route('a.example.com'), route('b.example.com')];
  const created = { one: [routeChange(null, a)], two: [routeChange(null, b)] };
  const revision = (more: Record<string, Change[]>) =>
    revisionOf(fold(emptyState, entries({ ...created, ...more })), 'Route/*');

  it('changes when one is changed, created or deleted, also an old one', () => {
    const revisions = [
      revision({}),
      revision({ three: [routeChange(a, { ...a, upstream: 'localhost:1' })] }),
      revision({ three: [routeChange(null, route('c.example.com'))] }),
      // The newest one that is left is as new as before.
      revision({ three: [routeChange(a, null)] }),
      revision({ three: [routeChange(b, null)] }),
    ];
    expect(new Set(revisions).size).toBe(revisions.length);
  });
});

describe('inverse', () => {
  const names = fc.constantFrom('a.example.com', 'b.example.com', 'c.example.com');
  const steps = fc.array(fc.tuple(names, fc.option(fc.constantFrom('one:1', 'two:2'))), {
    minLength: 1,
    maxLength: 12,
  });

  it('applied after any changes gives back every value', () => {
    fc.assert(
      fc.property(steps, steps, (first, second) => {
        const base = values(fold(emptyState, entries({ base: changesOf(first, new Map()) })));
        const changes = changesOf(second, base);
        const log = entries({ base: changesOf(first, new Map()), next: changes, back: inverse(changes) });
        expect(values(fold(emptyState, log))).toEqual(base);
      }),
    );
  });
});

function values(state: ReturnType<typeof fold>): Map<string, string> {
  return new Map(all(state, 'Route').map((held) => [held.name, held.value.upstream ?? '']));
}

function changesOf(steps: [string, string | null][], start: Map<string, string>): Change[] {
  const now = new Map(start);
  return steps.map(([domain, upstream]) => {
    const old = now.get(domain);
    if (upstream === null) now.delete(domain);
    else now.set(domain, upstream);
    return {
      kind: 'Route',
      name: domain,
      version: 1,
      before: old === undefined ? null : route(domain, { upstream: old }),
      after: upstream === null ? null : route(domain, { upstream }),
    };
  });
}
