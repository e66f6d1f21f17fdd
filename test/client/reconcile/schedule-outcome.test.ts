import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, RetryState } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { codeOf } from '../../../src/client/reconcile/follow-reconcile.js';
import { outcomeOf, outcomeOfFailure, rotateOutcome } from '../../../src/client/reconcile/schedule-outcome.js';
import type { SourceReport } from '../../../src/workflows/contracts/reconcile.js';

const ended = (failed: string[], sources: SourceReport[] = []) =>
  outcomeOf({ drift: { sources, proxies: [], identity: null, overlays: [] }, done: [], failed });
const failedWith = (cause: Error) =>
  outcomeOfFailure(new WorkflowFailedError('Workflow execution failed', cause, RetryState.NON_RETRYABLE_FAILURE));
const plain = { usesExitCode: false, isDryRun: false };
const source = { name: 'site', location: 'site', appliedSha: null, sha: null, isNew: false, ahead: [] };

describe('how the last run of a schedule ended', () => {
  it('is well only when everything was done and read', () => {
    expect(ended([])).toEqual({ outcome: 'ok', message: null });
    expect(ended(['apply x: refused'])).toEqual({ outcome: 'failed', message: 'apply x: refused' });
    expect(ended([], [{ ...source, problem: 'no answer' }])).toMatchObject({ message: 'git site: no answer' });
    const silent = { proxy: 'caddy', differences: null, count: 0 };
    const drift = { sources: [], proxies: [silent], identity: null, overlays: [] };
    expect(outcomeOf({ drift, done: [], failed: [] })).toMatchObject({ message: 'caddy does not answer' });
    expect(codeOf({ drift, done: [], failed: [] }, plain)).toBe(6);
    expect(ended([], [{ ...source, location: null, problem: 'a folder' }])).toMatchObject({ outcome: 'ok' });
  });

  it('names the secrets that were rotated and those that were skipped', () => {
    const done = ['team: version 2 is in force; the old one is refused', 'b: version 3 is in force'];
    const skipped = ['c: it is being rotated already'];
    expect(rotateOutcome({ done, skipped: [], failed: [] })).toEqual({ outcome: 'ok', message: 'rotated team, b' });
    expect(rotateOutcome({ done, skipped, failed: [] })).toMatchObject({ outcome: 'ok' });
    expect(rotateOutcome({ done: [], skipped, failed: [] })).toEqual({
      outcome: 'skipped',
      message: 'skipped c: it is being rotated already',
    });
    expect(rotateOutcome({ done: [], skipped: [], failed: [] })).toEqual({ outcome: 'ok', message: null });
    expect(failedWith(ApplicationFailure.nonRetryable('team: undone', 'failed'))).toEqual({
      ...{ outcome: 'failed', message: 'team: undone' },
    });
  });

  it('is held when a change in Git was not applied, also in a dry run', () => {
    const drift = { sources: [], proxies: [], identity: null, overlays: [] };
    const result = { drift, done: ['x'], failed: [], held: ['site: Route/a upstream stays "b:1"'] };
    expect(outcomeOf(result)).toEqual({ outcome: 'held', message: 'site: Route/a upstream stays "b:1"' });
    expect(codeOf(result, plain)).toBe(9);
    expect(codeOf({ ...result, failed: ['y'] }, plain)).toBe(1);
  });

  it.each([
    ['a proxy', { proxies: [{ proxy: 'caddy', differences: null, count: 0 }] }],
    ['the identity provider', { identity: [], identityProblem: 'no answer' }],
    ['Vault', { secretsProblem: 'no answer' }],
    ['a repository', { sources: [{ ...source, problem: 'no answer' }] }],
  ])('is failed, with exit code 6, when %s does not answer', (_what, more) => {
    const result = { drift: { sources: [], proxies: [], identity: null, overlays: [], ...more }, done: [], failed: [] };
    expect(outcomeOf(result)).toMatchObject({ outcome: 'failed' });
    expect(codeOf(result, { usesExitCode: true, isDryRun: true })).toBe(6);
  });

  it.each([
    ['denied', 5],
    ['unavailable', 6],
  ] as const)('exits with %s where authentik refuses the token or does not answer (%s)', (kind, code) => {
    const drift = {
      sources: [],
      proxies: [],
      overlays: [],
      identity: [],
      identityProblem: 'no',
      identityProblemKind: kind,
    };
    expect(codeOf({ drift, done: [], failed: [] }, { usesExitCode: true, isDryRun: true })).toBe(code);
  });

  it('exits with 5 or 6 for a dry run that could not read one object', () => {
    const unread = {
      kind: 'changed',
      object: 'host a',
      path: '',
      wanted: null,
      found: null,
      subject: 'host a',
    } as const;
    const known = { since: null, by: null, notAdopted: null };
    const codeFor = (problemKind: 'denied' | 'unavailable' | 'invalid') => {
      const identity = [{ ...unread, ...known, problem: 'host a: no', problemKind }];
      const result = { drift: { sources: [], proxies: [], overlays: [], identity }, done: [], failed: [] };
      return codeOf(result, { usesExitCode: true, isDryRun: true });
    };
    expect([codeFor('denied'), codeFor('unavailable'), codeFor('invalid')]).toEqual([5, 6, 8]);
  });

  it('is told apart where it has no result', () => {
    expect(failedWith(new ApplicationFailure('no repository'))).toEqual({
      outcome: 'failed',
      message: 'no repository',
    });
    expect(failedWith(new CancelledFailure('x'))).toMatchObject({ outcome: 'cancelled' });
    expect(failedWith(new ApplicationFailure('Workflow execution already started'))).toMatchObject({
      outcome: 'refused',
    });
  });
});
