import { describe, expect, it } from 'vitest';
import { createMemoryProxy } from '../../../src/adapters/memory/proxy.js';
import {
  answeringHosts,
  isComparable,
  proxiedHosts,
  visitorResult,
} from '../../../src/activities/proxies/visit-hosts.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import type { Visit, VisitRequest } from '../../../src/ports/proxy.js';
import { route, stateWith } from '../../builders/log.js';

const host = 'app.example.com';
const answer = (status: number, headers: Record<string, string> = {}): Visit => ({
  kind: 'answered',
  status,
  headers,
  untrusted: null,
});
const look = (visit: (request: VisitRequest) => Visit) =>
  visitorResult(createMemoryProxy({ visit }), host, { logId: 'log', timeoutMs: 100 });

describe('a visitor', () => {
  it.each([200, 302, 401, 404])('who gets %d is answered', async (status) => {
    expect(await look(() => answer(status))).toEqual({ kind: 'answered' });
  });

  it.each([500, 502, 503])('who gets %d is not', async (status) => {
    expect(await look(() => answer(status))).toEqual({ kind: 'failed', reason: `status ${status}` });
  });

  it('follows the redirect of the same host to HTTPS, and no other one', async () => {
    const to = (location: string) =>
      look(({ scheme }) => (scheme === 'http' ? answer(308, { location }) : answer(502)));
    expect(await to(`https://${host}:8443/`)).toMatchObject({ kind: 'failed' });
    expect(await to('https://other.example.com/')).toEqual({ kind: 'answered' });
  });

  it('cannot be judged while the certificate is on its way, or the proxy away', async () => {
    const handshake = { kind: 'failed', cause: 'tls', detail: 'no certificate' } as const;
    const location = `https://${host}/`;
    expect(await look(({ scheme }) => (scheme === 'http' ? answer(308, { location }) : handshake))).toEqual({
      kind: 'unknown',
    });
    const away = createMemoryProxy({ reachable: false });
    expect(await visitorResult(away, host, { logId: 'log', timeoutMs: 100 })).toEqual({ kind: 'unknown' });
  });
});

it('names the hosts that answer, by proxy', async () => {
  const proxies = [
    createMemoryProxy({ name: 'one', visit: ({ host: asked }) => answer(asked === host ? 200 : 502) }),
    createMemoryProxy({ name: 'two', visit: () => answer(502) }),
  ];
  expect(await answeringHosts(proxies, 'log', [host, 'b.example.com'])).toEqual([{ proxy: 'one', host }]);
});

it('leaves out routes that answer by themselves, and hosts without a route', () => {
  const state = stateWith(route(host), route('down.example.com', { middleware: ['maintenance'] }));
  expect(proxiedHosts(state, [host, 'down.example.com', 'none.example.com'])).toEqual([host]);
});

it('does not compare the sign-in page with the app behind a bypass', () => {
  const bypass = { domain: host, since: '2026-01-01T00:00:00.000Z', until: '2026-01-01T01:00:00.000Z', reason: 'x' };
  expect(isComparable([changeOf('Bypass', host, null, bypass as never)])).toBe(false);
  expect(isComparable([changeOf('Route', host, null, route(host))])).toBe(true);
});
