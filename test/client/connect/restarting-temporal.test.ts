import { ServiceError } from '@temporalio/client';
import { expect, it, vi } from 'vitest';
import { isRestarting, throughRestart } from '../../../src/client/connect/restarting-temporal.js';
import { knownFailure } from '../../../src/client/connect/known-failure.js';

const grpc = (code: number, details = '') => Object.assign(new Error(`${code} ${details}`), { code, details });

it.each([
  [new ServiceError('x', { cause: grpc(14, 'shard status unknown') }), true],
  [grpc(4), true],
  [grpc(8), true],
  [grpc(3, 'Namespace default has no mapping defined for search attribute HecateDomain'), true],
  [Object.assign(new Error('x'), { name: 'NamespaceNotFoundError' }), true],
  [grpc(3, 'invalid workflow id'), false],
  [new Error('anything else'), false],
])('%s may come from a Temporal that restarts: %s', (error, expected) => {
  expect(isRestarting(error)).toBe(expected);
});

it('repeats a call until Temporal is back', async () => {
  const call = vi.fn(async () => 'started');
  call.mockRejectedValueOnce(grpc(14));
  await expect(throughRestart(call)).resolves.toBe('started');
  expect(call).toHaveBeenCalledTimes(2);
});

it('gives up when the time is over, and at once for another error', async () => {
  const down = vi.fn(() => Promise.reject(grpc(14)));
  await expect(throughRestart(down, 0)).rejects.toMatchObject({ code: 14 });
  const refused = vi.fn(() => Promise.reject(grpc(3, 'invalid')));
  await expect(throughRestart(refused)).rejects.toMatchObject({ code: 3 });
  expect(down).toHaveBeenCalledTimes(1);
  expect(refused).toHaveBeenCalledTimes(1);
});

it.each([
  new ServiceError('x', { cause: grpc(14) }),
  grpc(14, 'down'),
  Object.assign(new Error('x'), { name: 'NamespaceNotFoundError' }),
])('calls no error of Temporal a bug: %s', (error) => {
  expect(knownFailure(error)).toMatchObject({ kind: 'unavailable' });
});

it('names a full disk where a write of a command found no space', () => {
  const error = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', path: '/data/x' });
  expect(knownFailure(error)).toMatchObject({
    kind: 'unavailable',
    message: expect.stringMatching(/^the disk of \/data\/x is full/) as string,
  });
});
