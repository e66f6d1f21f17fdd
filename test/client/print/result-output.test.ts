import { describe, expect, it } from 'vitest';
import { resultError, resultMessages } from '../../../src/client/print/result-output.js';
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

  it('names a command when it is stuck', () => {
    const { error } = resultError(ended({ result: 'stuck', detail: 'undoing it failed' })) ?? {};
    expect(error?.hint).toContain('hecate status');
    expect(resultMessages(ended({ result: 'stuck', detail: 'undoing it failed' })).at(-1)).toContain('hint: ');
  });

  it('tells proxies that refuse from those that do not answer', () => {
    const refusing = [{ proxy: 'caddy-2', message: 'caddy-2 refuses its configuration: a port is in use' }];
    expect(resultMessages(ended({ result: 'completed', behind: ['caddy-1', 'caddy-2'], refusing }))).toEqual([
      'warning: not updated yet (unreachable): caddy-1; updated when it answers',
      'warning: not updated: caddy-2 refuses its configuration: a port is in use',
    ]);
  });

  it('says that it was undone or is stuck', () => {
    const error = { kind: 'undone', message: 'caddy refused', hint: null };
    expect(resultError(ended({ result: 'undone', detail: 'caddy refused' }))).toEqual({ error });
    expect(resultError(ended({ result: 'stuck', detail: null }))).toMatchObject({ error: { kind: 'stuck' } });
  });
});
