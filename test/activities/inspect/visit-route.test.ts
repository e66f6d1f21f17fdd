import { describe, expect, it } from 'vitest';
import { visitRoute } from '../../../src/activities/inspect/visit-route.js';
import { hostLookup } from '../../../src/activities/inspect/route-pages.js';
import { createMemoryProxy } from '../../../src/adapters/memory/proxy.js';
import type { Route } from '../../../src/domain/resources/route.js';
import type { Visit, VisitRequest } from '../../../src/ports/proxy.js';
import { route } from '../../builders/log.js';
import { served } from '../../builders/served.js';

const now = '2026-06-01T00:00:00.000Z';
const answered = (status: number, headers: Record<string, string> = {}): Visit => {
  return { kind: 'answered', status, headers, untrusted: null };
};
const to = (location: string, headers: Record<string, string> = {}) => answered(302, { location, ...headers });

/** Visits app.example.com over HTTPS, where the proxy answers so. */
async function visited(answer: (url: string, request: VisitRequest) => Visit, more: Partial<Route> = {}) {
  const asked: string[] = [];
  const visit = (request: VisitRequest) => {
    const url = `${request.scheme}://${request.host}${request.path}`;
    asked.push(url);
    return answer(url, request);
  };
  const routes = [route('app.example.com', more), route('b.example.com'), route('*.wild.example.com')].map((one) =>
    served(one),
  );
  const context = {
    logId: 'log',
    routeOf: hostLookup(routes),
    now,
    deadlineMs: Date.now() + 5_000,
  };
  const start = { scheme: 'https', host: 'app.example.com' } as const;
  return { ...(await visitRoute(createMemoryProxy({ visit }), start, context)), asked };
}

it('begins at the given path', async () => {
  const visit = (request: VisitRequest) => (request.path === '/login' ? to('/login') : answered(200));
  const context = {
    logId: 'log',
    routeOf: hostLookup([served(route('app.example.com'))]),
    now,
    deadlineMs: Date.now() + 5_000,
  };
  const start = { scheme: 'https', host: 'app.example.com', path: '/login' } as const;
  const { problem } = await visitRoute(createMemoryProxy({ visit }), start, context);
  expect(problem).toMatch(/^visitors are redirected in a circle: https:\/\/app\.example\.com\/login → /);
});

describe('a visitor of a route', () => {
  it.each([200, 204, 302, 401, 403, 404, 429])('gets %i, which is an answer', async (status) => {
    expect(await visited(() => answered(status))).toMatchObject({ status, problem: null });
  });

  it('gets 404 of the proxy itself, which has lost the route', async () => {
    const { problem } = await visited(() => answered(404, { 'hecate-route': 'none' }));
    expect(problem).toMatch(/^visitors get 404: the proxy has no route for app\.example\.com; repair: hecate update/);
  });

  it.each([500, 502, 503, 504])('gets %i, which is a problem', async (status) => {
    expect(await visited(() => answered(status))).toMatchObject({ status, problem: `visitors get ${status}` });
  });

  it.each([
    ['to itself', (url: string) => to(url)],
    [
      'between HTTP and HTTPS',
      (url: string) => to(url.startsWith('https') ? 'http://app.example.com/' : 'https://app.example.com/'),
    ],
    [
      'over two hosts',
      (url: string) => to(url.includes('app.') ? 'https://b.example.com/' : 'https://app.example.com/'),
    ],
    ['over a page', (url: string) => to(url.endsWith('/sign-in') ? '/' : '/sign-in')],
    ['over a port of the proxy', () => to('https://app.example.com:443/')],
  ])('is redirected in a circle: %s', async (_title, answer) => {
    const { problem, asked } = await visited(answer);
    expect(problem).toMatch(/^visitors are redirected in a circle: https:\/\/app\.example\.com\/ → /);
    expect(asked.length).toBeLessThan(4);
  });

  it('is redirected without end', async () => {
    const { problem, asked } = await visited((url) => to(`${url}a`));
    expect(problem).toContain('in a circle');
    expect(asked).toHaveLength(11);
  });

  it('keeps the cookies of a host, so a page that sets one and asks again is not a circle', async () => {
    const answer = (_url: string, { cookie = '' }: VisitRequest) =>
      cookie.includes('seen=1')
        ? answered(200)
        : to('/', { 'set-cookie': 'a=b; Expires=Mon, 01 Jun 2026 00:00:00 GMT,seen=1; Path=/' });
    expect(await visited(answer)).toMatchObject({ status: 200, problem: null });
  });

  it('is followed to hosts of other routes, not to other servers', async () => {
    const failing = await visited((url) =>
      url.includes('x.wild') ? answered(502) : to('https://x.wild.example.com/in'),
    );
    expect(failing.problem).toBe('visitors are redirected to https://x.wild.example.com/in and get 502 there');
    for (const location of [
      'https://elsewhere.example.org/',
      'https://app.example.com:9000/',
      'mailto:a@b.test',
      'https://[',
    ]) {
      expect(await visited(() => to(location))).toMatchObject({
        status: 302,
        problem: null,
        asked: ['https://app.example.com/'],
      });
    }
  });

  it.each([
    ['http://localhost:3061/app', 'which is their own machine'],
    ['http://127.0.0.1/app', 'which is their own machine'],
    ['http://10.0.0.5:3000/app?next=1', 'which only the private network has'],
    ['http://backend:8080/', 'which only the private network has'],
    ['https://app.example.com:3061/app', 'the port of the upstream instead of the proxy'],
    ['https://www.app.example.com/', 'which has no route here'],
  ])('is warned of a redirect to %s', async (location, why) => {
    const sight = await visited(() => to(location), { upstream: '10.0.0.5:3061' });
    const address = location.split('?')[0];
    const warning = `visitors are redirected to ${address}, ${why}`;
    expect(sight).toMatchObject({ status: 302, problem: null, warning, asked: ['https://app.example.com/'] });
  });

  it.each([
    ['another server', 'https://login.example.com/', {}],
    ['a name below the route’s, which another server may have', 'https://id.app.example.com/', {}],
    ['another port of the host', 'https://app.example.com:9000/', {}],
    ['a sign-in inside the network', 'http://10.0.0.5:9000/', { authPolicy: 'staff' }],
    ['an address that middleware names', 'http://10.0.0.5:9000/', { middleware: ['redirect:http://10.0.0.5:9000'] }],
  ])('is not warned of a redirect to %s', async (_title, location, more) => {
    const sight = await visited(() => to(location), { upstream: '10.0.0.5:3061', ...more });
    expect(sight).toMatchObject({ status: 302, problem: null, warning: null });
  });

  it('waits for an answer that does not come', async () => {
    const hangs = (): Visit => ({ kind: 'failed', cause: 'timeout', detail: 'no answer within 4.5 s' });
    expect((await visited(hangs)).problem).toBe('visitors get no answer within 4.5 s: app.example.com hangs');
    expect((await visited(hangs, { requireMFA: true })).problem).toContain('the sign-in of app.example.com hangs');
  });

  it('gets an answer whose body is bad', async () => {
    const silent = { ...answered(200), bodyProblem: { kind: 'silent', waitedMs: 4_500 } } as const;
    expect((await visited(() => silent)).problem).toBe('visitors get 200, and the answer does not end within 4.5 s');
    expect((await visited((url) => (url.endsWith('/in') ? silent : to('/in')))).problem).toBe(
      'visitors get 200 at https://app.example.com/in, where they are redirected, and the answer does not end within 4.5 s',
    );
    const refused = { ...answered(401), bodyProblem: { kind: 'broken' } } as const;
    expect((await visited(() => refused, { authPolicy: 'staff' })).problem).toBeNull();
  });

  it('is redirected to a page that does not answer', async () => {
    const hangs: Visit = { kind: 'failed', cause: 'timeout', detail: 'no answer within 4.5 s' };
    const { problem } = await visited((url) => (url.endsWith('/in') ? hangs : to('/in')));
    expect(problem).toBe(
      'visitors are redirected to https://app.example.com/in and get no answer there: no answer within 4.5 s',
    );
  });

  it('cannot sign in', async () => {
    expect((await visited(() => answered(503), { authPolicy: 'staff' })).problem).toBe(
      'visitors get 503, because the sign-in of app.example.com does not work; see: hecate read test auth',
    );
  });

  it.each([200, 404])('gets %i where he should be asked to sign in', async (status) => {
    expect((await visited(() => answered(status), { authPolicy: 'staff' })).problem).toBe(
      `visitors get ${status} instead of the sign-in of app.example.com; see: hecate read test auth`,
    );
  });

  it.each([302, 401, 403, 429])('is kept out with %i before he has signed in', async (status) => {
    expect(await visited(() => answered(status), { authPolicy: 'staff' })).toMatchObject({ status, problem: null });
  });

  it('gets the maintenance page of the route, and no other error of it', async () => {
    const closed = { middleware: ['maintenance'] };
    expect(await visited(() => answered(503), closed)).toMatchObject({ problem: null, isMaintenance: true });
    expect(await visited(() => answered(502), closed)).toMatchObject({
      problem: 'visitors get 502',
      isMaintenance: false,
    });
  });

  it('finds no certificate yet: that is for the certificate to say', async () => {
    const fails = (): Visit => ({ kind: 'failed', cause: 'tls', detail: 'alert' });
    expect(await visited(fails)).toMatchObject({ status: null, problem: null });
    const elsewhere = await visited((url) => (url.includes('b.') ? fails() : to('https://b.example.com/')));
    expect(elsewhere.problem).toBe('visitors are redirected to https://b.example.com, where HTTPS fails');
  });

  it('is told that the proxy cannot be reached', async () => {
    const proxy = createMemoryProxy({ reachable: false });
    const routes = [served(route('app.example.com'))];
    const context = {
      logId: 'log',
      routeOf: hostLookup(routes),
      now,
      deadlineMs: Date.now() + 5_000,
    };
    const sight = await visitRoute(proxy, { scheme: 'https', host: 'app.example.com' }, context);
    expect(sight.problem).toBe('caddy at memory does not answer');
  });
});
