import { expect, it } from 'vitest';
import { described } from '../../../../src/client/reads/resources/schedules.js';
import { reconciling } from '../../../builders/schedule.js';

it.each([
  [{}, '–'],
  [{ component: 'auth-policies' }, '--component auth-policies'],
  [{ prune: true }, '--prune'],
  [{ prune: true, pruneLimit: 0 }, '--prune --prune-limit 0'],
  [{ prune: true, pruneLimit: 40, yes: true }, '--prune --prune-limit 40 --yes'],
  [{ adopt: true }, '--adopt'],
])('shows the options of a schedule as they are given: %j', (given, text) => {
  expect(described(reconciling(given)).flags).toBe(text);
});
