import { describe, expect, it } from 'vitest';
import { goBack, goingBackQuestions } from '../../../src/operations/history/going-back.js';
import { emptyState } from '../../../src/domain/log/state.js';
import { context, quiet } from '../../builders/answers.js';
import { route, routeChange } from '../../builders/log.js';

const fingerprint = 'f'.repeat(64);
const vaultPath = `tls/${fingerprint}`;
const plain = route('app.example.com');
const certificate = { chain: 'chain', fingerprint, notAfter: '2027-01-01T00:00:00.000Z' };
const secured = { ...plain, tls: { ...plain.tls, certificate } } as typeof plain;

describe('going back to a certificate', () => {
  const back = [routeChange(plain, secured)];

  it('asks Vault for its key, unless the route has it already', () => {
    expect(goingBackQuestions(back)).toContainEqual({ kind: 'kept-value', vaultPath });
    const unchanged = [routeChange(secured, { ...secured, upstream: 'two:1' })];
    expect(goingBackQuestions(unchanged)).not.toContainEqual({ kind: 'kept-value', vaultPath });
  });

  it('is refused when Vault has the key no more, with the command that brings another', () => {
    const answers = { ...quiet, isKept: (path: string) => path !== vaultPath };
    const decision = goBack(emptyState, { changes: back, warnings: [] }, answers, context);
    expect(decision).toMatchObject({
      kind: 'refuse',
      refusal: { kind: 'conflict', code: 'value-destroyed', hint: expect.stringContaining('--tls-key') as string },
    });
  });

  it('is possible while Vault has the key', () => {
    expect(goBack(emptyState, { changes: back, warnings: [] }, quiet, context)).toMatchObject({ kind: 'change' });
  });
});
