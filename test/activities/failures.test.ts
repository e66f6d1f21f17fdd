import { expect, it } from 'vitest';
import { asApplicationFailures } from '../../src/activities/failures.js';
import { Failure } from '../../src/ports/failure.js';

it.each([
  ['unavailable', false, false],
  ['unavailable', true, true],
  ['denied', false, true],
] as const)('%s, waited for: %s, is final: %s', async (kind, hasWaited, nonRetryable) => {
  const { run } = asApplicationFailures({ run: () => Promise.reject(new Failure(kind, 'no', { hasWaited })) });
  await expect(run()).rejects.toMatchObject({ type: kind, nonRetryable });
});
