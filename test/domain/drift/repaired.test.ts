import { describe, expect, it } from 'vitest';
import type { IdentityDrift } from '../../../src/domain/drift/drift.js';
import { verdictOf } from '../../../src/domain/drift/repaired.js';

const difference = (object: string, more: Partial<IdentityDrift> = {}): IdentityDrift => ({
  kind: 'changed',
  object,
  path: `/applications/${object}/enabled`,
  wanted: true,
  found: false,
  subject: 'host a.example.com',
  problem: null,
  ...more,
});
const clean = { left: [], count: 0, problems: [] };

describe('the verdict of a repair', () => {
  it('is done for what no longer differs, though this repair wrote nothing', () => {
    expect(verdictOf([difference('a')], clean)).toEqual({
      done: ['authentik: a repaired: /applications/a/enabled false → true'],
      failed: [],
      held: [],
    });
  });

  it('is failed for what still differs, with both values and the reason, though others were repaired', () => {
    const left = [difference('a')];
    const problems = [{ subject: 'host a.example.com', message: 'authentik refused to change it' }];
    const verdict = verdictOf([difference('a'), difference('b', { kind: 'foreign' })], { left, count: 3, problems });
    expect(verdict.done).toEqual(['authentik: b repaired: /applications/b/enabled removed']);
    expect(verdict.failed).toEqual([
      'authentik still differs: a: /applications/a/enabled is false, not true: authentik refused to change it',
      'authentik still differs in 2 more places',
    ]);
  });

  it('leaves out a failure that left no difference', () => {
    const problems = [{ subject: 'host a.example.com', message: 'no answer once' }];
    expect(verdictOf([difference('a')], { ...clean, problems }).failed).toEqual([]);
  });

  it('names what only a person can put right as held', () => {
    const missing = difference('group staff', { kind: 'missing', path: '/groups/staff', problem: 'create the group' });
    const { done, failed, held } = verdictOf([missing], { left: [missing], count: 1, problems: [] });
    expect([done, failed]).toEqual([[], []]);
    expect(held).toEqual(['authentik: group staff is missing (/groups/staff): create the group']);
  });

  it('is failed for an object that still cannot be read', () => {
    const unread = difference('host a.example.com', { path: '', problem: 'host a.example.com: answered 500' });
    expect(verdictOf([unread], { left: [unread], count: 1, problems: [] }).failed).toEqual([
      'authentik still differs: host a.example.com: answered 500',
    ]);
  });
});
