import { describe, expect, it } from 'vitest';
import type { Trace } from '../../../src/domain/caddy/visits/trace.js';
import { diagnose } from '../../../src/domain/debug/diagnose.js';
import type { AnswerSeen, Evidence, ServerSeen } from '../../../src/domain/debug/evidence.js';
import { byName } from '../../../src/domain/debug/redirect-target.js';
import { nearestOf } from '../../../src/domain/debug/similar.js';
import type { NameRecords, NameView } from '../../../src/domain/dns/records.js';
import type { Route } from '../../../src/domain/resources/route.js';
import { usualTls } from '../../../src/domain/resources/tls.js';
import type { Pool } from '../../../src/domain/serving/pool.js';
import type { Redirected } from '../../../src/domain/serving/redirected.js';
import type { ServedRoute } from '../../../src/domain/serving/served-route.js';
import { route, stateWith } from '../../builders/log.js';
import { served } from '../../builders/served.js';
import { stateAfter } from '../../../src/domain/log/hypothetical.js';
import { find } from '../../../src/domain/log/state.js';
import { carriedOut } from '../../builders/printed-command.js';
import { quiet } from '../../builders/answers.js';
import { healthCheck } from '../../builders/health-check.js';

const DIAL = '10.0.0.5:3000';
const seen = <T>(what: T) => ({ seen: what, ms: 1 });
const trace: Trace = {
  ...{ revision: '1', upstream: DIAL, upstreamMs: 2, upstreamStatus: 200, path: '/', client: '127.0.0.1' },
  ...{ isSignedIn: false, refused: null, error: null },
};
type Answered = Extract<AnswerSeen, { kind: 'answered' }>;
const answered = (status: number, more: Partial<Trace> = {}, rest: Partial<Answered> = {}) => {
  const url = 'http://app.example.com/';
  const whole = { ...trace, upstreamStatus: status, ...more };
  return {
    answer: seen<AnswerSeen>({ kind: 'answered', url, status, location: null, trace: whole, timings: '', ...rest }),
  };
};
const refusedByProxy = { upstream: null, upstreamStatus: null };
const timedOut = {
  kind: 'failed',
  url: 'http://app.example.com/',
  cause: 'timeout',
  detail: 'no answer within 4.5 s',
} as const;
const of = (more: Partial<Route> = {}, rest: Partial<ServedRoute> = {}) =>
  served(route('app.example.com', { upstream: DIAL, ...more }), 1, rest);
const pool = (more: Partial<Pool> = {}): Pool => ({
  ...{ servers: [{ dial: DIAL, weight: 1 }], tls: null, loadBalancer: 'round_robin', healthCheck: null, timeout: null },
  ...more,
});
const asked = (more: Partial<Evidence['asked']>) => ({
  asked: { host: 'app.example.com', path: '/', method: 'GET', bodySize: null, client: null, ...more },
});
const well: Evidence = {
  ...{ ...asked({}), now: '2026-06-01T00:00:00.000Z', proxy: 'caddy', served: of(), missingPolicy: null, similar: [] },
  ...{ names: { skipped: 'not asked' }, publicAddresses: null, listener: seen({ http: null, https: null }) },
  ...{ clockSkewMs: 0, certificate: { skipped: 'not asked' }, redirected: null, answeredBy: seen(1) },
  config: seen({ problem: null, state: 'current', detail: 'commit 3', drift: [] }),
  ...{
    signIn: { skipped: 'no sign-in' },
    servers: seen([{ role: 'upstream', dial: DIAL, problem: null, part: null }]),
  },
  ...answered(200),
};
const bad = (
  problem: Pick<NonNullable<ServerSeen['problem']>, 'cause' | 'text'> & { readonly tlsProblem?: string },
) => {
  const server: ServerSeen = {
    role: 'upstream',
    dial: DIAL,
    problem: { status: null, isCheck: false, ...problem },
    part: null,
  };
  return { servers: seen([server]), ...answered(502, { upstreamStatus: null, error: 'x' }) };
};
const diagnosed = (...more: Partial<Evidence>[]) => {
  const { cause, advice, findings, passed, steps } = diagnose(Object.assign({}, well, ...more) as Evidence);
  return { name: findings[0]?.name ?? null, cause, advice, passed, findings, steps };
};

describe('the app itself', () => {
  it.each([401, 403, 405, 413])('answers %i, which is a warning', (status) => {
    expect(diagnosed(answered(status))).toMatchObject({
      ...{ name: 'AppRefuses', passed: true },
      cause: `the app at ${DIAL} itself answers ${status} to GET /, not the proxy`,
    });
  });

  it('asks for a password behind a route that asks for one too', () => {
    const behind = { served: of({ middleware: ['basic-auth:team'] }) };
    expect(diagnosed(behind, answered(401)).name).toBe('AppRefuses');
    expect(diagnosed(behind, answered(401, refusedByProxy)).name).toBe('PasswordNeeded');
  });

  it('answers 500 on one path', () => {
    const { name, cause, advice } = diagnosed(asked({ path: '/orders' }), answered(500));
    expect({ name, cause }).toEqual({
      name: 'UpstreamErrors',
      cause: `the app at ${DIAL} itself answers 500 on /orders`,
    });
    expect(advice).toBe(`Look at the log of the app at ${DIAL}`);
  });

  it('answers 404: middleware is named only where it changes the path', () => {
    expect(diagnosed(answered(404)).advice).not.toContain('Compare');
    const cut = { served: of({ middleware: ['strip-prefix:/api'] }), ...asked({ path: '/api/x' }) };
    expect(diagnosed(cut, answered(404, { path: '/x' })).advice).toContain('Compare the path with the middleware');
  });

  it.each([
    [421, 'The app does not serve the host app.example.com; send it its own address as Host: '],
    [400, 'Correct the request, or look at the log'],
    [403, 'Give the visitor the right in the app, or look at the log'],
    [404, 'Correct the path, or look at the log'],
  ])('answers %i, perhaps because of the host: another one is named', (status, first) => {
    const { advice } = diagnosed(answered(status));
    expect(advice?.startsWith(first)).toBe(true);
    expect(advice).toMatch(/[Tt]he app does not serve the host app\.example\.com[,;] /);
    expect(advice).toMatch(/: hecate update route --domain app\.example\.com --middleware tell:Host=upstream$/);
  });

  it.each<[string, Partial<Route>, string, string]>([
    ['its own address over TLS', { upstream: `https://${DIAL}` }, DIAL, 'host'],
    ['its own address by middleware', { middleware: ['tell:Host=upstream'] }, DIAL, 'host'],
    ['a name of its own', { headers: { host: 'intern' } }, 'intern', 'upstream'],
    ['a name of its own over TLS', { upstream: `https://${DIAL}`, headers: { Host: 'intern' } }, 'intern', 'upstream'],
  ])('does not serve the host that it gets: %s', (_what, more, sent, other) => {
    const { advice } = diagnosed({ served: of(more) }, answered(421));
    expect(advice).toContain(`app does not serve the host ${sent}; `);
    expect(advice).toMatch(new RegExp(` --middleware tell:Host=${other}$`));
  });

  it('does not end its answer', () => {
    const problem = { bodyProblem: { kind: 'silent', waitedMs: 4_500 } } as const;
    expect(diagnosed(answered(200, {}, problem))).toMatchObject({
      ...{ name: 'AnswerUnending', passed: false },
      cause: 'http://app.example.com/ answers 200, and the answer does not end within 4.5 s',
    });
  });

  it('sends headers that Caddy refuses: the port is right', () => {
    const text = 'gives an answer that Caddy refuses: it has different Content-Lengths: "2", "3"';
    expect(diagnosed(bad({ cause: 'malformed', text }))).toMatchObject({
      ...{ name: 'UpstreamAnswerRefused', cause: `${DIAL} ${text}`, passed: false },
      advice: `Correct the headers that the app at ${DIAL} sends`,
    });
  });

  it('breaks off its answer', () => {
    const log = { name: 'UpstreamBreaksOff', advice: `Look at the log of the app at ${DIAL}`, passed: false };
    expect(diagnosed(bad({ cause: 'broken', text: 'breaks off its answer' }))).toMatchObject(log);
    expect(diagnosed(answered(200, {}, { bodyProblem: { kind: 'broken' } }))).toMatchObject(log);
  });

  it.each([
    ['60s', true, 'the route waits up to 60 s'],
    [null, false, 'the route waits without a limit'],
  ])('is slower than this read where the route waits %s', (timeout, passed, text) => {
    const slow = { served: of({}, { pool: pool({ timeout }) }) };
    const all = { ...bad({ cause: 'timeout', text: 'does not answer within 5 s' }), answer: seen(timedOut) };
    expect(diagnosed(slow, all)).toMatchObject({
      ...{ name: 'UpstreamTimeout', passed, cause: `${DIAL} does not answer within 5 s; ${text}` },
    });
    expect(diagnosed(slow, { answer: seen(timedOut) })).toMatchObject({
      ...{ name: 'UpstreamTimeout', passed, cause: `http://app.example.com/ gets no answer within 4.5 s; ${text}` },
    });
  });
});

describe('a redirect', () => {
  const to = (kind: Redirected['kind'], host: string, path = '/') => ({
    redirected: { kind, host, path, text: 'visitors are redirected' } satisfies Redirected,
  });

  it('to a page that fails is a failure, and is followed there', () => {
    expect(diagnosed(to('failing', 'app.example.com', '/login'), answered(302))).toMatchObject({
      ...{ name: 'RedirectFails', cause: 'visitors are redirected', passed: false },
      advice: 'Follow it there: hecate read debug --domain app.example.com --path /login',
    });
    const odd = diagnosed(to('failing', 'app.example.com', "/a;b'c"), answered(302));
    expect(odd.advice).toContain("--path '/a;b%27c'");
  });

  it('counts only when the request that was asked for is redirected', () => {
    expect(diagnosed(to('failing', 'app.example.com'), answered(200)).findings).toEqual([]);
  });

  it.each(['private', 'own-port'] as const)(
    'of the kind %s is a warning: the app has another public address',
    (kind) => {
      expect(diagnosed(to(kind, 'localhost'), answered(302))).toMatchObject({
        ...{ name: 'RedirectUnreachable', passed: true },
        advice: expect.stringMatching(
          /^Tell the app its public address, http:\/\/app\.example\.com, often called base URL; .*X-Forwarded-Host/,
        ) as string,
      });
    },
  );

  it('to the Host that the app gets is mended by another one', () => {
    const route = { served: of({ middleware: ['tell:Host=upstream'] }) };
    expect(diagnosed(route, to('private', '10.0.0.5'), answered(302)).advice).toBe(
      `The app redirects to the Host that it gets, ${DIAL}; send it the host of the visitor as Host: hecate update route --domain app.example.com --middleware tell:Host=host`,
    );
  });

  it('to a name is judged by its DNS records', () => {
    const target = new URL('https://id.app.example.com/in?state=1');
    const elsewhere = to('elsewhere', 'id.app.example.com').redirected;
    const records = (...views: Partial<NameView>[]): NameRecords => {
      const empty = { server: 'x', isAuthoritative: false, ...{ a: none, aaaa: none, cname: none } };
      return { asked: target.hostname, views: views.map((one) => ({ ...empty, ...one })), caa: null, caaProblem: null };
    };
    const none = { kind: 'empty' } as const;
    const unknown = { kind: 'unknown' } as const;
    const its = { kind: 'records', records: ['93.184.216.34'] } as const;
    const text = 'visitors are redirected to https://id.app.example.com/in, whose name does not exist in the DNS';
    const nowhere = { kind: 'nowhere', host: target.hostname, path: '/in', text };
    expect(byName(target, null, records({ a: unknown, aaaa: unknown }), null)).toEqual(nowhere);
    expect(byName(target, null, records({ a: unknown, aaaa: unknown }, { a: its }), null)).toBeNull();
    expect(byName(target, elsewhere, records({ a: its }), null)).toBe(elsewhere);
    expect(byName(target, elsewhere, records({ a: its }), ['93.184.216.34'])).toBe(elsewhere);
    expect(byName(target, elsewhere, records({ a: its }), ['192.0.2.1'])).toBeNull();
    expect(byName(target, elsewhere, records(), ['192.0.2.1'])).toBe(elsewhere);
    expect(diagnosed({ redirected: nowhere as Redirected }, answered(302))).toMatchObject({
      ...{ name: 'RedirectUnreachable', passed: true, cause: text },
      advice: expect.stringMatching(/, or create an A or AAAA record for id\.app\.example\.com$/) as string,
    });
  });

  it('to a name without a route is a warning, with the command that creates it', () => {
    expect(diagnosed(to('unserved', 'www.app.example.com'), answered(302)).advice).toMatch(
      /^Tell .*, or create the route: hecate create route --domain www\.app\.example\.com --upstream HOST:PORT$/,
    );
    expect(diagnosed(to('elsewhere', 'id.app.example.com'), answered(302))).toMatchObject({
      ...{ name: 'RedirectUnreachable', passed: true },
      advice: expect.stringMatching(/^If no other server has this name, tell/) as string,
    });
  });
});

describe('an address filter', () => {
  const filter = (text: string, more: string[] = []) => ({ served: of({ middleware: [text, ...more] }) });
  const update = 'hecate update route --domain app.example.com';

  it('that refuses the visitor: the address is to be allowed', () => {
    const refused = answered(403, refusedByProxy);
    const allow = (opened: string) => `Open the route to ${opened}: ${update}`;
    expect(diagnosed(filter('ip-allow:10.0.0.0/8'), refused).advice).toBe(
      `${allow('127.0.0.1')} --middleware ip-allow:10.0.0.0/8,127.0.0.1 --force`,
    );
    expect(diagnosed(filter('ip-deny:127.0.0.0/8,10.0.0.1'), refused).advice).toBe(
      `${allow('127.0.0.0/8')} --middleware ip-deny:10.0.0.1 --force`,
    );
    expect(diagnosed(filter('ip-deny:127.0.0.1'), refused).advice).toBe(
      `${allow('127.0.0.1')} --remove-middleware ip-deny:127.0.0.1 --force`,
    );
  });

  it('that refuses the real request, and not the given client', () => {
    const { name, cause, passed } = diagnosed(
      filter('ip-allow:10.0.0.0/8'),
      asked({ client: '10.1.1.1' }),
      answered(403, refusedByProxy),
    );
    expect({ name, passed }).toEqual({ name: 'OtherAddress', passed: true });
    expect(cause).toContain('the real request came from 127.0.0.1, not from 10.1.1.1');
    expect(cause).toContain('10.1.1.1 passes it');
  });

  it('that refuses the given client, and not the real request', () => {
    const { cause } = diagnosed(filter('ip-deny:8.8.8.0/24'), asked({ client: '8.8.8.8' }));
    expect(cause).toBe('ip-deny:8.8.8.0/24 refuses 8.8.8.8; the real request came from 127.0.0.1 and got 200');
  });
});

describe('a printed command', () => {
  /** Middleware of the route after the advice is carried out as it is printed. */
  const after = (more: Partial<Route>, ...rest: Partial<Evidence>[]) => {
    const state = stateWith(of(more).route);
    const { advice } = diagnosed({ served: of(more) }, ...rest);
    const decision = carriedOut(advice, state, quiet);
    expect(decision, advice ?? 'no advice').toMatchObject({ kind: 'change' });
    return find(stateAfter(state, decision.kind === 'change' ? decision.changes : []), 'Route', 'app.example.com')
      ?.value;
  };
  const middlewareAfter = (middleware: string[], ...rest: Partial<Evidence>[]) =>
    after({ middleware, upstream: DIAL }, ...rest)?.middleware;
  const refused = (status: number) => answered(status, refusedByProxy);

  it('that allows more requests leaves no smaller limit', () => {
    expect(middlewareAfter(['rate-limit:1/hour'], refused(429))).toEqual(['rate-limit:5000/hour']);
    expect(middlewareAfter(['rate-limit:1/hour', 'rate-limit:9/minute:header=X-Key'], refused(429))).toEqual([
      'rate-limit:5000/hour',
      'rate-limit:5000/minute:header=X-Key',
    ]);
    const two = { served: of({ middleware: ['rate-limit:1/hour', 'rate-limit:1/minute'] }) };
    const { cause, advice, findings } = diagnosed(two, refused(429));
    expect(cause).toBe('rate-limit:1/hour or rate-limit:1/minute refuses this client, which asked too often');
    expect(advice).toBe(
      'Allow more: hecate update route --domain app.example.com --middleware rate-limit:N/hour --middleware rate-limit:N/minute',
    );
    expect(findings).toHaveLength(1);
  });

  it('that allows larger bodies replaces the limit', () => {
    expect(middlewareAfter(['max-body:10MB'], asked({ bodySize: 20_000_000 }))).toEqual(['max-body:900GB']);
  });

  it.each([
    ['ip-allow:10.0.0.0/8', ['ip-allow:10.0.0.0/8,127.0.0.1']],
    ['ip-deny:127.0.0.0/8,10.0.0.1', ['ip-deny:10.0.0.1']],
    ['ip-deny:127.0.0.0/8', []],
  ])('that lets an address through %s is accepted by the safeguards', (text, left) => {
    expect(middlewareAfter([text], refused(403))).toEqual(left);
  });

  it.each(['maintenance', 'redirect:308:https://new.example.com'])('that takes %s away gives an upstream', (text) => {
    expect(after({ middleware: [text], upstream: null }, refused(503))).toMatchObject({
      ...{ middleware: [], upstream: '10.9.9.9:80' },
    });
    expect(after({ middleware: [text] }, refused(503))).toMatchObject({ middleware: [], upstream: DIAL });
  });

  it('that sends another host is accepted', () => {
    const got = answered(421);
    expect(middlewareAfter([], got)).toEqual(['tell:Host=upstream']);
    expect(middlewareAfter(['tell:Host=upstream'], got)).toEqual(['tell:Host=host']);
  });

  it('that ends the redirect to HTTPS is accepted by the safeguards', () => {
    const tls = { ...usualTls, forceHTTPS: true };
    expect(
      after(
        { tls },
        {
          redirected: {
            kind: 'circle',
            host: 'app.example.com',
            path: '/',
            text: 'visitors are redirected in a circle: a → b',
          },
        },
      )?.tls.forceHTTPS,
    ).toBe(false);
  });
});

describe('the command that mends', () => {
  const named = (more: Partial<Pool> = {}) => ({ served: of({ upstream: 'api' }, { pool: pool(more) }) });
  const dead = bad({ cause: 'refused', text: 'refuses connections' });

  it('changes a named upstream, so that the route stays at it', () => {
    expect(diagnosed(named(), dead).advice).toContain(
      `hecate update upstream --name api --add-server HOST:PORT --remove-server ${DIAL}`,
    );
    const servers = [DIAL, '10.0.0.6:3000'].map((dial, index) => ({ dial, weight: index + 1 }));
    expect(diagnosed(named({ servers }), bad({ cause: 'tls-expected', text: 'expects TLS' })).advice).toContain(
      `hecate update upstream --name api --add-server https://${DIAL} --add-server https://10.0.0.6:3000=2`,
    );
  });

  it('changes the backup in a failover', () => {
    const failover = { domain: 'app.example.com', since: well.now } as never;
    expect(diagnosed({ served: of({ backupUpstream: DIAL }, { failover, backup: pool() }) }, dead).advice).toContain(
      '--backup-upstream HOST:PORT',
    );
  });

  it('ends a canary first, which the upstream of an address waits for', () => {
    const canary = { canary: { canary: {} as never, pool: pool() } };
    expect(diagnosed({ served: of({}, canary) }, dead).advice).toContain(
      'hecate update route --domain app.example.com --rollback-canary --force && hecate update route --domain app.example.com --upstream HOST:PORT',
    );
    expect(diagnosed({ served: of({ upstream: 'api' }, { ...canary, pool: pool() }) }, dead).advice).not.toContain(
      'canary',
    );
  });

  it.each([
    ['upstream', '--upstream HOST:PORT'],
    ['backup', '--backup-upstream HOST:PORT'],
    ['canary', '--rollback-canary'],
  ] as const)('takes away the %s that leads to Hecate itself', (role, flags) => {
    const part = { kind: 'server', text: 'it is NATS' } as const;
    const own = { servers: seen<ServerSeen[]>([{ role, dial: DIAL, problem: null, part }]) };
    expect(diagnosed({ served: of({ backupUpstream: DIAL }, { backup: pool() }) }, own).advice).toContain(` ${flags}`);
  });

  it.each([
    ['its certificate has expired', /^Renew the certificate of 10\.0\.0\.5:3000$/],
    [
      'its certificate is not valid yet',
      /^Set the clocks .* or give 10\.0\.0\.5:3000 a certificate that is valid now$/,
    ],
    ['its certificate is self-signed', /^Give .* accepts, or add its authority to the system of the proxy$/],
    [
      'its certificate is for b.example.com, not for a.example.com',
      /^Give .* accepts, or use a name that the certificate is for: hecate .* --upstream https:\/\/HOST:PORT$/,
    ],
    [
      'its certificate is self-signed, and is for b.example.com, not for a.example.com',
      /^Give 10\.0\.0\.5:3000 a certificate that Caddy accepts$/,
    ],
  ])('for a server of which %s names only what helps', (why, advice) => {
    const text = `is not accepted by Caddy as an HTTPS server: ${why}`;
    const secure = { served: of({ upstream: `https://${DIAL}` }) };
    expect(diagnosed(secure, bad({ cause: 'tls', text })).advice).toMatch(advice);
    const plain = diagnosed(bad({ cause: 'tls-expected', text: 'expects TLS', tlsProblem: why })).advice ?? '';
    expect(plain).toContain('. Then ask it by HTTPS: hecate');
    expect(plain.includes('authority')).toBe(/^its certificate is self-signed$/.test(why));
  });

  it('says that HTTPS alone would be refused', () => {
    const problem = {
      cause: 'tls-expected',
      text: 'expects TLS',
      tlsProblem: 'its certificate is self-signed',
    } as const;
    const { cause, advice } = diagnosed(bad(problem));
    expect(cause).toContain(
      'Caddy would not accept it as an HTTPS server either, because its certificate is self-signed',
    );
    expect(advice).toMatch(
      /^Give 10\.0\.0\.5:3000 a certificate .* Then ask it by HTTPS: .* --upstream https:\/\/10\.0/,
    );
  });
});

describe('a Caddy that does not answer', () => {
  const down = {
    listener: seen({ http: 'caddy does not answer HTTP at h', https: 'caddy does not answer HTTPS at s' }),
    config: seen({ problem: 'caddy does not answer at a', state: 'none', detail: '', drift: [] } as const),
    certificate: seen(null),
    answeredBy: { skipped: 'caddy does not answer' },
    answer: { skipped: 'caddy does not answer HTTP at h' },
  };

  it('is named once, with what starts it', () => {
    const { findings, steps, advice } = diagnosed(down);
    expect(findings.map(({ name }) => name)).toEqual(['ProxyDown']);
    expect(advice).toContain('hecate up');
    expect(steps.filter(({ found }) => found.includes('does not answer'))).toHaveLength(1);
  });

  it('is named where only its admin endpoint is down', () => {
    const { findings, advice } = diagnosed({ config: down.config });
    expect(findings.map(({ name }) => name)).toEqual(['AdminDown']);
    expect(advice).toContain('hecate up');
  });
});

describe('the nearest names', () => {
  const domains = ['app.example.com', 'shop.example.com', '*.example.com', 'blog.other.com', 'a.example.co.uk'];

  it.each([
    ['app2.exmaple.com', ['*.example.com']],
    ['appp.example.org', []],
    ['any.exampel.com', ['*.example.com']],
    ['app.exmaple.com', ['app.example.com', '*.example.com']],
    ['shop.example.org', ['shop.example.com']],
    ['b.example.co.uk', ['a.example.co.uk']],
    ['b.different.co.uk', []],
    ['www.nothing.com', []],
    ['example.com', ['app.example.com', 'shop.example.com', '*.example.com']],
    ['deep.app.example.com', ['*.example.com', 'app.example.com']],
    ['a.wild.example.com', ['*.example.com']],
    ['mail.example.net', []],
  ])('to %s', (host, nearest) => {
    expect(nearestOf(host, domains)).toEqual(nearest);
  });

  it('are not any names under the same domain', () => {
    const many = ['mix', 'hc1', 'hc2', 'm-rate'].map((label) => `${label}.example.com`);
    expect(nearestOf('a.wild.example.com', many)).toEqual([]);
    expect(nearestOf('mixx.example.com', many)).toEqual(['mix.example.com']);
  });

  it.each([
    [['a.example.com'], 'the nearest is a.example.com'],
    [['a.example.com', 'b.example.com'], 'the nearest are a.example.com, b.example.com'],
  ])('are said as %j', (similar, text) => {
    const none = { served: null, answeredBy: seen<'none'>('none'), similar };
    expect(diagnosed(none, answered(404, refusedByProxy)).cause).toContain(text);
  });
});

describe('a health check that fails', () => {
  const text = 'answers 500 to the health check /h, which expects 2xx';
  const failing = (failureThreshold: number) => ({
    served: of({ healthCheck: healthCheck({ failureThreshold }) }),
    servers: seen<ServerSeen[]>([
      { role: 'upstream', dial: DIAL, part: null, problem: { cause: 'status', text, status: 500, isCheck: true } },
    ]),
  });

  it('is a failure, and says while visitors still get answers', () => {
    const still = `${DIAL} ${text}; visitors still get 200 until the check of Caddy`;
    expect(diagnosed(failing(3), answered(200))).toMatchObject({
      ...{ name: 'HealthCheckFails', passed: false, cause: `${still} has failed 3 times in a row` },
    });
    expect(diagnosed(failing(1), answered(200)).cause).toBe(`${still} fails`);
    expect(diagnosed(failing(3), answered(503, refusedByProxy)).cause).toBe(`${DIAL} ${text}`);
  });
});

describe('several servers', () => {
  const failed = (dial: string, text: string, more: Partial<NonNullable<ServerSeen['problem']>> = {}): ServerSeen => ({
    ...{ role: 'upstream', dial, part: null },
    problem: { cause: 'refused', text, status: null, isCheck: false, ...more },
  });

  it('that fail for different reasons are all named in the cause', () => {
    const check = { cause: 'status', status: 404, isCheck: true } as const;
    const two = [failed('a:1', 'answers 404 to the health check /h', check), failed('b:2', 'refuses connections')];
    const { cause, findings } = diagnosed({ servers: seen(two) }, answered(503, refusedByProxy));
    expect(cause).toBe('a:1 answers 404 to the health check /h; b:2 refuses connections');
    expect(findings.map(({ name }) => name)).toEqual(['HealthCheckFails', 'UpstreamRefuses', 'RequestFailed']);
  });

  it('are named up to three', () => {
    const many = ['a', 'b', 'c', 'd', 'e'].map((name) => failed(`${name}:1`, 'refuses connections'));
    expect(diagnosed({ servers: seen(many) }, answered(503, refusedByProxy)).cause).toMatch(
      /^a:1 refuses connections; b:1 .*; c:1 refuses connections; and 2 more$/,
    );
  });
});
