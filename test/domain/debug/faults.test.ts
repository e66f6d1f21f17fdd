import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/domain/debug/diagnose.js';
import type {
  AnswerSeen,
  CertificateSeen,
  Evidence,
  ServerSeen,
  SignInSeen,
} from '../../../src/domain/debug/evidence.js';
import type { NameView } from '../../../src/domain/dns/records.js';
import { usualTls } from '../../../src/domain/resources/tls.js';
import type { Trace } from '../../../src/domain/caddy/visits/trace.js';
import type { Route } from '../../../src/domain/resources/route.js';
import type { ServedRoute } from '../../../src/domain/serving/served-route.js';
import { route } from '../../builders/log.js';
import { served } from '../../builders/served.js';

const OWN = '93.184.216.34';
const DIAL = '10.0.0.5:3000';
const now = '2026-06-01T00:00:00.000Z';
const seen = <T>(what: T) => ({ seen: what, ms: 1 });
const trace: Trace = {
  ...{ revision: '1', upstream: DIAL, upstreamMs: 2, upstreamStatus: 200, path: '/', client: '127.0.0.1' },
  ...{ isSignedIn: false, refused: null, error: null },
};
const answered = (status: number, more: Partial<Trace> = {}, location: string | null = null): AnswerSeen => ({
  ...{ kind: 'answered', url: 'https://app.example.com/', status, location, timings: '' },
  trace: { ...trace, upstreamStatus: status, ...more },
});
const certificate: CertificateSeen = {
  ...{ issuer: 'R11', notBefore: '2026-05-01T00:00:00.000Z', notAfter: '2026-08-01T00:00:00.000Z' },
  ...{ coversHost: true, untrusted: null },
};
const view = (a: NameView['a'], more: Partial<NameView> = {}): NameView => ({
  ...{ server: '1.1.1.1', isAuthoritative: false, a, aaaa: { kind: 'empty' }, cname: { kind: 'empty' } },
  ...more,
});
const names = (...views: NameView[]) => seen({ asked: 'app.example.com', views, caa: null, caaProblem: null });
const at = (...addresses: string[]) => names(view({ kind: 'records', records: addresses }));

function of(more: Partial<Route> = {}, overlays: Partial<ServedRoute> = {}): ServedRoute {
  const tls = { ...usualTls, autoHTTPS: true };
  return served(route('app.example.com', { upstream: DIAL, tls, ...more }), 1, overlays);
}
const server = (
  problem: Partial<NonNullable<ServerSeen['problem']>> | null,
  more: Partial<ServerSeen> = {},
): ServerSeen => ({
  ...{ role: 'upstream', dial: DIAL, part: null },
  problem: problem && { cause: 'refused', text: 'refuses connections', status: null, isCheck: false, ...problem },
  ...more,
});
const signIn: SignInSeen = { problems: [], missingGroups: [], drift: [], asks: true };
const well: Evidence = {
  ...{
    asked: { host: 'app.example.com', path: '/', method: 'GET', bodySize: null, client: null },
    now,
    proxy: 'caddy',
  },
  ...{ served: of(), missingPolicy: null, similar: [], names: at(OWN), publicAddresses: [OWN] },
  ...{ listener: seen({ http: null, https: null }), clockSkewMs: 0, certificate: seen(certificate), redirected: null },
  config: seen({ problem: null, state: 'current', detail: 'commit 3, the newest', drift: [] }),
  ...{
    answeredBy: seen(1),
    signIn: { skipped: 'no sign-in' },
    servers: seen([server(null)]),
    answer: seen(answered(200)),
  },
};
const config = (more: object) =>
  ({ config: seen({ problem: null, state: 'current', detail: '', drift: [], ...more }) }) as Partial<Evidence>;
const cert = (more: Partial<CertificateSeen>) => ({ certificate: seen({ ...certificate, ...more }) });
const bad = (problem: Partial<NonNullable<ServerSeen['problem']>>, status = 502): Partial<Evidence> => ({
  ...{
    servers: seen([server(problem)]),
    answer: seen(answered(status, { upstream: DIAL, upstreamStatus: null, error: 'x' })),
  },
});
const guarded = (more: Partial<SignInSeen>, rest: Partial<Evidence> = {}): Partial<Evidence> => ({
  served: of({ authPolicy: 'team' }),
  signIn: seen({ ...signIn, ...more }),
  answer: seen(answered(302, { upstream: '127.0.0.1:9000' }, 'https://auth.example.com/')),
  ...rest,
});
const behind = (middleware: string[], status: number, rest: Partial<Evidence> = {}): Partial<Evidence> => ({
  served: of({ middleware }),
  answer: seen(answered(status, { upstream: null, upstreamStatus: null })),
  ...rest,
});
const asked = (more: Partial<Evidence['asked']>) => ({ asked: { ...well.asked, ...more } });
const elsewhere = { kind: 'failed', url: 'https://app.example.com/', cause: 'tls', detail: 'alert' } as const;

/** The planted faults: the evidence that each leaves, and the cause that has to be named. */
const faults: readonly (readonly [fault: string, evidence: Partial<Evidence>, name: string])[] = [
  ['the name does not exist', { names: names(view({ kind: 'unknown' }, { aaaa: { kind: 'unknown' } })) }, 'NXDOMAIN'],
  ['the name has no address', { names: names(view({ kind: 'empty' })) }, 'NoRecords'],
  ['DNS leads elsewhere', { names: at('8.8.8.8') }, 'WrongAddress'],
  ['DNS leads to a private address', { names: at('10.0.0.9'), publicAddresses: null }, 'ReservedAddress'],
  ['IPv6 leads elsewhere', { names: at(OWN, '2600::9') }, 'MultipleIPAddressDiscrepancy'],
  ['Caddy is down', { listener: seen({ http: 'refused', https: null }), answer: { skipped: 'down' } }, 'ProxyDown'],
  ['the admin endpoint is down', config({ problem: 'caddy does not answer' }), 'AdminDown'],
  ['a clock is wrong', { clockSkewMs: 7_200_000 }, 'ClockSkew'],
  [
    'a clock is wrong, so the certificate is not valid yet',
    { clockSkewMs: 7_200_000, ...cert({ notBefore: '2026-06-01T01:00:00.000Z' }) },
    'ClockSkew',
  ],
  [
    'Caddy lost its configuration',
    { ...config({ state: 'none' }), answeredBy: seen(null), answer: seen(answered(404, { upstream: null })) },
    'NoConfiguration',
  ],
  [
    'a configuration of others listens on some of Hecate’s ports only',
    {
      ...config({ state: 'none', detail: 'server x listens on :8080' }),
      ...{ listener: seen({ http: null, https: 'refused' }), certificate: seen(null), answeredBy: seen(null) },
      answer: seen(answered(418, { upstream: null })),
    },
    'NoConfiguration',
  ],
  [
    'somebody moved Hecate’s server to another address',
    { ...config({ drift: ['server changed (/listen/0)'] }), listener: seen({ http: 'refused', https: null }) },
    'ConfigurationDrift',
  ],
  [
    'Caddy serves another log',
    config({ state: 'foreign', detail: 'it serves a configuration of log x' }),
    'ForeignConfiguration',
  ],
  [
    'Caddy is behind',
    { ...config({ state: 'older', detail: 'commit 2 of 3' }), answeredBy: seen('none') },
    'ConfigurationBehind',
  ],
  [
    'somebody changed the route in Caddy',
    { ...config({ drift: ['route for app.example.com changed'] }), answer: seen(answered(502, { error: 'x' })) },
    'ConfigurationDrift',
  ],
  ['no certificate was issued', { certificate: seen(null), answer: seen(elsewhere) }, 'NoCertificate'],
  ['the certificate expired', cert({ notAfter: '2026-05-31T00:00:00.000Z' }), 'CertificateExpired'],
  ['the certificate is not valid yet', cert({ notBefore: '2026-06-02T00:00:00.000Z' }), 'CertificateNotYetValid'],
  ['the certificate is for another name', cert({ coversHost: false }), 'CertificateWrongName'],
  ['the certificate is self-signed', cert({ untrusted: 'it is self-signed' }), 'CertificateUntrusted'],
  [
    'there is no route',
    {
      served: null,
      answeredBy: seen('none'),
      servers: { skipped: 'no route' },
      answer: seen(answered(404, { upstream: null })),
    },
    'NoRoute',
  ],
  ['another route answers', { answeredBy: seen(9) }, 'WrongRoute'],
  [
    'the upstream does not exist',
    {
      served: of({ upstream: 'pool' }, { pool: null }),
      servers: seen([]),
      answer: seen(answered(502, { upstream: null, error: 'no upstreams available' })),
    },
    'UpstreamMissing',
  ],
  ['the upstream is dead', bad({}), 'UpstreamRefuses'],
  [
    'the upstream has another port, with another protocol',
    bad({ cause: 'protocol', text: 'gives no HTTP answer' }),
    'UpstreamNotHTTP',
  ],
  [
    'the upstream sends headers that Caddy refuses',
    bad({ cause: 'malformed', text: 'gives an answer that Caddy refuses: its Content-Length is "x"' }),
    'UpstreamAnswerRefused',
  ],
  ['the upstream expects TLS', bad({ cause: 'tls-expected', text: 'expects TLS' }, 400), 'UpstreamSpeaksTLS'],
  [
    'the upstream does not speak TLS',
    bad({ cause: 'tls', text: 'is not accepted: it does not speak TLS' }),
    'UpstreamTLSFails',
  ],
  [
    'the certificate of the upstream expired',
    bad({ cause: 'tls', text: 'its certificate has expired' }),
    'UpstreamTLSFails',
  ],
  [
    'the upstream hangs',
    {
      ...bad({ cause: 'timeout', text: 'does not answer within 5 s' }),
      answer: seen({ ...elsewhere, cause: 'timeout', detail: 'no answer' }),
    },
    'UpstreamTimeout',
  ],
  [
    'the name of the upstream is wrong',
    bad({ cause: 'name', text: 'has a name that cannot be resolved' }),
    'UpstreamNameUnknown',
  ],
  [
    'the network does not lead to the upstream',
    bad({ cause: 'network', text: 'cannot be reached' }),
    'UpstreamUnreachable',
  ],
  [
    'the upstream fails by itself',
    bad({ cause: 'status', text: 'answers 500 on /', status: 500 }, 500),
    'UpstreamErrors',
  ],
  [
    'only the health check fails',
    bad({ cause: 'status', text: 'answers 404 to the health check', status: 404, isCheck: true }, 503),
    'HealthCheckFails',
  ],
  [
    'the upstream is Caddy itself',
    {
      servers: seen([server(null, { part: { kind: 'entrance', text: 'it is an address of caddy itself' } })]),
      answer: seen(answered(502)),
    },
    'UpstreamLoop',
  ],
  [
    'the upstream is a server of Hecate',
    { servers: seen([server(null, { part: { kind: 'server', text: 'it is NATS' } })]) },
    'UpstreamIsHecate',
  ],
  [
    'one of two servers is dead',
    { servers: seen([server({}), server(null, { dial: '10.0.0.6:3000' })]) },
    'ServerDown',
  ],
  ['the policy is missing', { ...guarded({}), missingPolicy: 'team' }, 'PolicyMissing'],
  [
    'there is no identity provider',
    { ...guarded({}), signIn: { skipped: 'no identity provider is configured for the worker' } },
    'NoIdentityProvider',
  ],
  [
    'authentik is down',
    guarded({ problems: [{ name: 'reachable', detail: 'refused' }] }, { answer: seen(answered(502, { error: 'x' })) }),
    'IdentityProviderFails',
  ],
  ['the token is refused', guarded({ problems: [{ name: 'token', detail: 'refused' }] }), 'IdentityProviderFails'],
  ['a group was renamed', guarded({ missingGroups: ['admins'], drift: ['binding is missing'] }), 'GroupMissing'],
  ['a binding was removed in authentik', guarded({ drift: ['application hecate-app is missing'] }), 'SignInDrift'],
  ['the outpost does not know the host', guarded({ asks: false }), 'SignInMissing'],
  ['everybody gets in', guarded({}, { answer: seen(answered(200)) }), 'SignInOpen'],
  [
    'a bypass is in force',
    guarded(
      {},
      {
        served: of(
          { authPolicy: 'team' },
          {
            bypass: { domain: 'app.example.com', until: '2026-06-01T01:00:00.000Z', since: now, reason: null },
          },
        ),
        answer: seen(answered(200)),
      },
    ),
    'Bypassed',
  ],
  ['maintenance', behind(['maintenance'], 503, { servers: { skipped: 'x' } }), 'Maintenance'],
  ['the address is not allowed', behind(['ip-allow:10.0.0.0/8'], 403), 'AddressNotAllowed'],
  [
    'the address of a visitor is denied',
    behind(['ip-deny:8.8.8.0/24'], 200, asked({ client: '8.8.8.8' })),
    'AddressNotAllowed',
  ],
  ['rate limited', behind(['rate-limit:1/minute'], 429), 'RateLimited'],
  ['the body is too large', behind(['max-body:10MB'], 200, asked({ bodySize: 20_000_000 })), 'BodyTooLarge'],
  ['a password is asked for', behind(['basic-auth:team'], 401), 'PasswordNeeded'],
  ['the secret with the passwords is missing', behind(['basic-auth:team'], 503), 'SecretMissing'],
  [
    'redirects lead to an error',
    {
      redirected: { kind: 'failing', host: 'app.example.com', path: '/login', text: 'and get 500 there' },
      answer: seen(answered(302, {}, '/login')),
    },
    'RedirectFails',
  ],
  [
    'redirects go round in a circle',
    {
      redirected: {
        kind: 'circle',
        host: 'app.example.com',
        path: '/',
        text: 'visitors are redirected in a circle: a → b',
      },
      answer: seen(answered(308, { upstream: null }, 'https://b')),
    },
    'RedirectLoop',
  ],
  [
    'a prefix is cut off',
    {
      served: of({ middleware: ['strip-prefix:/api'] }),
      ...asked({ path: '/api/x' }),
      answer: seen(answered(404, { path: '/x' })),
    },
    'NotFound',
  ],
  [
    'it is in a failover',
    { served: of({}, { failover: { domain: 'app.example.com', since: now } as never }) },
    'InFailover',
  ],
];

describe('a planted fault is named', () => {
  it('more than 30 times', () => expect(faults.length).toBeGreaterThan(30));

  it.each(faults)('%s', (_fault, evidence, name) => {
    const { cause, findings, advice, steps } = diagnose({ ...well, ...evidence });
    const [first] = findings.filter(({ severity }) => severity !== 'info');
    expect(first?.name).toBe(name);
    expect(cause).toBe(first?.detail);
    expect(advice ?? '').not.toBe('');
    expect(steps).toHaveLength(10);
  });

  it.each(faults)('%s: the mark of its step says so, and no other step denies it', (_fault, evidence) => {
    const { findings, steps } = diagnose({ ...well, ...evidence });
    const marks = { error: 'fail', warning: 'warn', info: 'info' } as const;
    for (const step of steps) {
      const own = findings.find(({ detail }) => detail === step.found);
      if (own !== undefined) expect(step.result).toBe(marks[own.severity]);
      if (/answers [45]\d\d/.test(step.found)) expect(step.result).not.toBe('ok');
    }
  });

  it('and nothing where nothing is wrong', () => {
    expect(diagnose(well)).toMatchObject({ passed: true, findings: [], cause: null, advice: null });
    const internal = { served: of({ tls: usualTls }), ...cert({ untrusted: 'its authority is private' }) };
    expect(diagnose({ ...well, ...internal })).toMatchObject({ passed: true, cause: null });
    expect(diagnose({ ...well, ...guarded({}) })).toMatchObject({ passed: true, cause: null });
  });
});

describe('the steps', () => {
  const step = (evidence: Partial<Evidence>, name: string) =>
    diagnose({ ...well, ...evidence }).steps.find((one) => one.name === name);
  const noRoute: Partial<Evidence> = {
    ...{ served: null, answeredBy: seen('none'), signIn: { skipped: 'no route' }, servers: { skipped: 'no route' } },
    answer: seen(answered(404, { upstream: null })),
  };

  it('have a mark of their own for what is no fault and yet not well', () => {
    const local = names(view({ kind: 'unknown' }, { aaaa: { kind: 'unknown' } }));
    const internal = {
      served: of({ tls: usualTls }),
      names: local,
      ...cert({ untrusted: 'its authority is private' }),
    };
    expect(step(internal, 'DNS')).toMatchObject({ result: 'info' });
    expect(step(internal, 'certificate')).toMatchObject({ result: 'info' });
    expect(diagnose({ ...well, ...internal })).toMatchObject({ passed: true, cause: null });
  });

  it('are skipped after the route for a host that has none, and the request fails', () => {
    expect(step(noRoute, 'route')).toMatchObject({ result: 'fail' });
    for (const name of ['sign-in', 'middleware', 'upstream'])
      expect(step(noRoute, name)).toEqual({ name, result: 'skipped', found: 'no route', ms: null });
    expect(step(noRoute, 'request')).toMatchObject({
      result: 'fail',
      found: expect.stringContaining('answers 404') as string,
    });
  });

  it('are skipped after middleware that answers instead of the upstream', () => {
    const refused = behind(['ip-allow:10.0.0.0/8'], 403);
    expect(step(refused, 'upstream')).toMatchObject({
      result: 'skipped',
      found: expect.stringContaining('not reached') as string,
    });
    expect(step(refused, 'request')).toMatchObject({ result: 'warn' });
    // What is wrong there is still said.
    expect(step({ ...refused, servers: seen([server({})]) }, 'upstream')).toMatchObject({ result: 'fail' });
  });

  it('are not well when nothing is known', () => {
    expect(step({ clockSkewMs: null }, 'clock')).toMatchObject({ result: 'skipped', found: 'not known' });
    expect(step(guarded({ asks: null }), 'sign-in')).toMatchObject({ result: 'skipped' });
  });

  it('have rounded times', () => {
    const answer = seen(answered(200, { upstreamMs: 4.341343999999999 }));
    expect(step({ answer }, 'request')?.found).toContain(' in 4.3 ms ');
  });
});
