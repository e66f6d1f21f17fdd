import { describe, expect, it } from 'vitest';
import { resultError } from '../../../src/client/print/result-output.js';
import type { OperationResult } from '../../../src/workflows/contracts/operation.js';

const ended = (more: Partial<OperationResult>): OperationResult => ({
  ...{ id: 'a', result: 'refused', detail: 'app exists', refusal: null, warnings: [], behind: [], sequence: null },
  changes: [],
  ...more,
});

describe('a result as data', () => {
  it('has no error where the change is in force', () => {
    expect(resultError(ended({ result: 'completed' }))).toBeNull();
    expect(resultError(ended({ result: 'unchanged' }))).toBeNull();
  });

  it('says why it was refused, as any error does', () => {
    const refusal = { kind: 'conflict', code: 'route-exists', message: 'app exists', hint: 'Update it.' } as const;
    const error = { kind: 'conflict', message: 'app exists', hint: 'Update it.' };
    expect(resultError(ended({ refusal }))).toEqual({ error });
  });

  it('says that it was undone or is stuck', () => {
    const error = { kind: 'undone', message: 'caddy refused', hint: null };
    expect(resultError(ended({ result: 'undone', detail: 'caddy refused' }))).toEqual({ error });
    expect(resultError(ended({ result: 'stuck', detail: null }))).toMatchObject({ error: { kind: 'stuck' } });
  });
});
