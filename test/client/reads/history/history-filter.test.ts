import { describe, expect, it } from 'vitest';
import {
  historyFilter,
  OUTCOMES,
  shownChanges,
  type HistoryFilters,
} from '../../../../src/client/reads/history/history-filter.js';
import { catalogue } from '../../../../src/operations/catalogue.js';
import { route, routeChange } from '../../../builders/log.js';

const now = new Date('2026-03-10T12:00:00.000Z');
const commit = {
  place: 7,
  at: '2026-03-10T11:00:00.000Z',
  actor: 'ada',
  operation: 'route.create',
  outcome: 'completed',
  changes: [routeChange(null, route('app.example.com'))],
};

describe('a filter of the history', () => {
  it.each<[HistoryFilters, boolean]>([
    [{}, true],
    [{ domain: 'APP.example.com' }, true],
    [{ domain: 'other.example.com' }, false],
    [{ resource: 'Route/app.example.com' }, true],
    [{ resource: 'route/APP.example.com' }, true],
    [{ resource: 'auth-policy/app.example.com' }, false],
    [{ actor: 'ada', operation: 'route.create' }, true],
    [{ actor: 'bob' }, false],
    [{ operation: 'route.update' }, false],
    [{ outcome: 'completed' }, true],
    [{ outcome: 'refused' }, false],
    [{ from: '1h ago', to: '1h ago' }, true],
    [{ from: '59m ago' }, false],
    [{ to: '61m ago' }, false],
    [{ from: '7', to: '7' }, true],
    [{ from: '8' }, false],
    [{ to: '6' }, false],
  ])('%j: %s', (filters, isMeant) => {
    expect(historyFilter(filters, now).isMeant(commit)).toBe(isMeant);
  });

  it.each<[HistoryFilters, string]>([
    [{ resource: 'app.example.com' }, 'give KIND/NAME'],
    [{ resource: 'Router/x' }, 'give KIND/NAME'],
    [{ resource: 'Route/a..b' }, '--resource "a..b"'],
    [{ operation: 'route.updat' }, '--operation "route.updat"'],
    [{ operation: '' }, '--operation ""'],
    [{ outcome: 'bogus' }, '--outcome "bogus": no operation ends so'],
    [{ outcome: '' }, '--outcome ""'],
    [{ from: '9', to: '7' }, '--from 9 is after --to 7'],
    [{ from: '1h ago', to: '2h ago' }, '--from 1h ago is after --to 2h ago'],
    [{ from: 'then' }, '--from "then"'],
    [{ to: '2027-01-01T00:00:00Z' }, 'in the future'],
  ])('%j is refused', (filters, text) => {
    expect(() => historyFilter(filters, now)).toThrow(text);
  });
});

describe('an operation of a filter', () => {
  it.each([...catalogue.map(({ key }) => key), 'schedule.pause'])('may be %s', (operation) => {
    expect(historyFilter({ operation }, now).isMeant({ ...commit, operation })).toBe(true);
  });

  it.each([
    ['route.updat', 'Did you mean route.update?'],
    ['Upstream.Create', 'Did you mean upstream.create?'],
    ['canary.start', 'Did you mean route.canary.start?'],
    ['update route', 'Did you mean route.update?'],
    ['delete-source', 'Did you mean source.delete?'],
    ['undo', 'Did you mean state.undo?'],
    ['canary', 'Did you mean one of route.canary.start, route.canary.percentage, '],
    ['xyz', 'Operations: route.create, route.update, '],
  ])('that nobody knows is answered with what comes near: %s', (operation, hint) => {
    expect(() => historyFilter({ operation }, now)).toThrow(
      expect.objectContaining({ kind: 'invalid', details: { hint: expect.stringContaining(hint) as string } }),
    );
  });
});

describe('an outcome of a filter', () => {
  it.each(OUTCOMES)('may be %s', (outcome) => {
    expect(historyFilter({ outcome }, now).isMeant({ ...commit, outcome })).toBe(true);
  });

  it('that nobody knows is answered with the known ones', () => {
    const known = 'Outcomes: completed, undone, stuck, refused, cancelled, failed, open';
    const hint = (text: string): unknown => expect.objectContaining({ kind: 'invalid', details: { hint: text } });
    expect(() => historyFilter({ outcome: 'bogus' }, now)).toThrow(hint(known));
    expect(() => historyFilter({ outcome: 'refusd' }, now)).toThrow(hint(`Did you mean refused? ${known}`));
  });
});

describe('what is shown of a commit', () => {
  const many = Array.from({ length: 30 }, (_, at) => routeChange(null, route(`r${at}.example.com`)));

  it('is only what was asked for where very much changed at once', () => {
    expect(shownChanges(many, { domain: 'R7.example.com' })).toEqual({ shown: [many[7]], others: 29 });
    expect(shownChanges(many, { resource: 'route/r8.example.com' })).toEqual({ shown: [many[8]], others: 29 });
  });

  it('is all of it otherwise', () => {
    expect(shownChanges(many, { actor: 'ada' })).toEqual({ shown: many, others: 0 });
    const few = many.slice(0, 20);
    expect(shownChanges(few, { domain: 'r7.example.com' })).toEqual({ shown: few, others: 0 });
  });
});
