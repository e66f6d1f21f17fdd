import { describe, expect, it } from 'vitest';
import { askProtectedHosts } from '../../../src/activities/inspect/ask-protected-hosts.js';
import { createMemoryProxy } from '../../../src/adapters/memory/proxy.js';
import { changeOf, type Change } from '../../../src/domain/log/commit.js';
import { emptyState, fold } from '../../../src/domain/log/state.js';
import type { Route } from '../../../src/domain/resources/route.js';
import type { Visit, VisitRequest } from '../../../src/ports/proxy.js';
import { entries, route, routeChange } from '../../builders/log.js';

const now = '2026-06-01T00:00:00.000Z';
const provider = 'https://id.example.com';
const answered = (status: number, location?: string): Visit => {
  return { kind: 'answered', status, headers: location === undefined ? {} : { location }, untrusted: null };
};
const toSignIn = ({ host }: VisitRequest) => answered(302, `https://${host}/outpost.goauthentik.io/start?rd=x`);

function checks(answer: (request: VisitRequest) => Visit, more: Partial<Route> = {}, changes: readonly Change[] = []) {
  const routes = [route('app.example.com', { authPolicy: 'staff', ...more }), route('open.example.com')];
  const state = fold(emptyState, entries({ a: [...routes.map((one) => routeChange(null, one)), ...changes] }));
  return askProtectedHosts({ state, logId: 'log', provider, now }, [createMemoryProxy({ visit: answer })]);
}

const one = async (...args: Parameters<typeof checks>) => (await checks(...args))[0];

describe('a host that requires sign-in', () => {
  it('is asked over HTTP and HTTPS, and others are not', async () => {
    const asked: string[] = [];
    const found = await checks((request) => {
      asked.push(`${request.scheme} ${request.host}`);
      return toSignIn(request);
    });
    expect(found).toEqual([{ name: 'app.example.com', passed: true, detail: 'visitors have to sign in' }]);
    expect(asked.sort()).toEqual(['http app.example.com', 'https app.example.com']);
  });

  it.each([
    ['the outpost’s page', answered(302, '/outpost.goauthentik.io/start')],
    ['authentik', answered(302, `${provider}/application/o/authorize/?client_id=x`)],
    ['a refusal', answered(401)],
    ['a refusal', answered(403)],
    ['no certificate', { kind: 'failed', cause: 'tls', detail: 'alert' } as const],
  ])('passes with %s', async (_title, answer) => expect((await one(() => answer))?.passed).toBe(true));

  it('passes when plain HTTP is redirected to HTTPS', async () => {
    const found = await one((request) =>
      request.scheme === 'http' ? answered(308, 'https://app.example.com:8443/') : toSignIn(request),
    );
    expect(found?.passed).toBe(true);
  });

  it.each([
    [answered(200), 'https://app.example.com/ answers 200 WITHOUT SIGN-IN'],
    [answered(404), 'https://app.example.com/ answers 404 instead of asking visitors to sign in'],
    [answered(302, '/home'), 'https://app.example.com/ redirects to /home, which is not the sign-in'],
    [answered(302, 'https://app.example.com/'), 'which is not the sign-in'],
    [answered(503), 'https://app.example.com/ answers 503, so nobody can sign in'],
    [
      { kind: 'failed', cause: 'timeout', detail: 'no answer within 4.5 s' } as const,
      'https://app.example.com/ hangs: no answer within 4.5 s',
    ],
  ])('fails with %j', async (answer, detail) => {
    expect(await one(() => answer)).toMatchObject({ passed: false, detail: expect.stringContaining(detail) as string });
  });

  it('fails when only plain HTTP lets visitors in', async () => {
    const found = await one((request) => (request.scheme === 'http' ? answered(200) : toSignIn(request)));
    expect(found).toMatchObject({ passed: false, detail: 'http://app.example.com/ answers 200 WITHOUT SIGN-IN' });
  });

  it('passes with the answers of its own middleware', async () => {
    expect((await one(() => answered(503), { middleware: ['maintenance'] }))?.passed).toBe(true);
    expect(
      (await one(() => answered(308, 'https://new.test/'), { middleware: ['redirect:308:same:https://new.test'] }))
        ?.passed,
    ).toBe(true);
    expect((await one(() => answered(429), { middleware: ['rate-limit:1/minute'] }))?.passed).toBe(true);
    expect((await one(() => answered(429)))?.passed).toBe(false);
  });

  it('is named while its sign-in is bypassed', async () => {
    const bypass = { domain: 'app.example.com', since: now, until: '2026-06-01T01:00:00.000Z', reason: 'repair' };
    const found = await one(() => answered(200), {}, [changeOf('Bypass', 'app.example.com', null, bypass)]);
    expect(found).toEqual({
      name: 'app.example.com',
      passed: true,
      detail: 'BYPASSED until 2026-06-01T01:00:00.000Z by ada: repair; everybody gets in without sign-in',
    });
  });
});
