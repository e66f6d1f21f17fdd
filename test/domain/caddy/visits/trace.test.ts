import fc from 'fast-check';
import { expect, it } from 'vitest';
import { traceHandlers, traceIn, traceKey, traceToken } from '../../../../src/domain/caddy/visits/trace.js';

const hex = fc.stringMatching(/^[0-9a-f]{64}$/);
const expiry = fc.integer({ min: 1_700_000_000, max: 4_000_000_000 });

it('the token of another moment, and of another key, is another one', () => {
  fc.assert(
    fc.property(hex, hex, hex, expiry, expiry, (one, two, other, at, later) => {
      const key = traceKey([one, two]);
      const token = traceToken(key, at);
      expect(token).toMatch(/^\d{10}(-\d{1,10}){2}$/);
      expect(traceToken(key, at)).toBe(token);
      if (at !== later) expect(traceToken(key, later)).not.toBe(token);
      if (other !== two) expect(traceToken(traceKey([one, other]), at)).not.toBe(token);
    }),
  );
});

it('is believed only with the token, and leaves out what Caddy did not fill in', () => {
  const headers = {
    'hecate-trace': '1-2-3',
    'hecate-trace-route': '7',
    'hecate-trace-upstream': '{http.reverse_proxy.upstream.hostport}',
    'hecate-trace-upstream-ms': '1.5',
    'hecate-trace-signed-in': 'yes',
  };
  expect(traceIn(headers, '1-2-4')).toBeNull();
  expect(traceIn({}, '1-2-3')).toBeNull();
  expect(traceIn(headers, '1-2-3')).toMatchObject({ revision: '7', upstream: null, upstreamMs: 1.5, isSignedIn: true });
});

it('costs nothing without a key', () => {
  expect(traceHandlers(null)).toEqual([]);
});
