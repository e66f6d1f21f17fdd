import { describe, expect, it } from 'vitest';
import { everyText, settingsOf } from '../../../src/client/reconcile/schedule-outcome.js';
import { settingsText } from '../../../src/client/reads/schedules.js';
import { requestOf, type ReconcileOptions } from '../../../src/client/reconcile/reconcile.js';

const of = (more: Partial<ReconcileOptions>) =>
  settingsOf(requestOf({ component: 'all', output: 'table', ...more }, 'anna'));

describe('what a schedule was made with', () => {
  it('is nothing to tell of where nothing was said', () => {
    expect(of({})).toEqual({ component: 'all', prune: false, pruneLimit: null, yes: false, adopt: false });
    expect(settingsText(of({}))).toBe('–');
  });

  it.each<[Partial<ReconcileOptions>, string]>([
    [{ component: 'auth-policies' }, '--component auth-policies'],
    [{ prune: true }, '--prune'],
    [{ prune: true, pruneLimit: 0 }, '--prune --prune-limit 0'],
    [{ prune: true, pruneLimit: 40, yes: true }, '--prune --prune-limit 40 --yes'],
    [{ adopt: true }, '--adopt'],
  ])('is told as it is given: %j', (given, text) => {
    expect(of(given)).toMatchObject(given);
    expect(settingsText(of(given))).toBe(text);
  });
});

describe('how often a schedule runs', () => {
  it('is told as it was given, and in seconds where an older Hecate did not keep that', () => {
    expect(everyText('10m')).toBe('10m');
    expect(everyText(600_000)).toBe('600s');
  });
});
