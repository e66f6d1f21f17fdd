import { expect, it } from 'vitest';
import { refusalReasons } from '../../../src/domain/traffic/access-entry.js';
import { decisionOf } from '../../../src/domain/traffic/decision.js';
import { accessEntry } from '../../builders/traffic.js';

const decided = (fields: Parameters<typeof accessEntry>[0]) => decisionOf(accessEntry({ upstreamMs: 8, ...fields }));

it('says which server answered, and on which side of a canary', () => {
  expect(decided({ upstream: '10.0.0.1:80' })).toEqual({
    decision: 'proxied',
    reason: '10.0.0.1:80 answered after 8 ms',
  });
  expect(decided({ upstream: '10.0.0.2:80', side: 'm1/canary' }).reason).toBe(
    '10.0.0.2:80 (canary: canary) answered after 8 ms',
  );
});

it.each(refusalReasons)('says why the proxy refused a request: %s', (refused) => {
  expect(decided({ refused, status: 403 })).toMatchObject({
    decision: 'refused',
    reason: expect.stringMatching(/\w+ \w+/) as string,
  });
});

it.each([
  ['invalid byte in chunk length', 'the visitor’s request was malformed: invalid byte in chunk length'],
  ['readfrom tcp 10.0.0.9:1->10.0.0.1:80: unexpected EOF', 'the visitor’s request broke off: readfrom tcp 10.0.0.9:1->10.0.0.1:80: unexpected EOF'],
])('says what was wrong with a request: %s', (error, reason) => {
  expect(decided({ refused: 'bad-request', status: 502, error })).toEqual({ decision: 'refused', reason });
}); // prettier-ignore

it('tells apart a visitor who left, a server that failed and an answer of the proxy itself', () => {
  expect(decided({ status: 0 }).decision).toBe('gone');
  expect(decided({ status: 502, error: 'connection refused', upstream: '10.0.0.1:80' })).toEqual({
    decision: 'failed',
    reason: '10.0.0.1:80: connection refused',
  });
  expect(decided({ upstream: null, status: 308 }).decision).toBe('answered');
  expect(decided({ refused: 'no-upstream', status: 503, error: 'no upstreams available' }).reason).toBe(
    'no upstream server is available: no upstreams available',
  );
});
