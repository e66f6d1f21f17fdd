import { expect, it } from 'vitest';
import { networkErrorReason } from '../../src/ports/failure.js';

it.each([
  [
    'a time limit, also inside a failed fetch',
    new TypeError('fetch failed', { cause: new DOMException('x', 'TimeoutError') }),
    'no answer in time',
  ],
  ['a DOMException, whose code is a number', new DOMException('aborted', 'TimeoutError'), 'no answer in time'],
  ['a refused connection', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
  [
    'a failed fetch',
    new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ENOTFOUND' }) }),
    'ENOTFOUND',
  ],
  ['anything else', new Error('socket hang up'), 'socket hang up'],
])('says why nobody answered: %s', (_what, error, words) => {
  expect(networkErrorReason(error)).toBe(words);
});
