import { describe, expect, it } from 'vitest';
import { compileCertificates } from '../../../../src/domain/caddy/tls/certificates.js';
import { importCaddy } from '../../../../src/domain/import-caddy/import.js';
import { lint } from '../../../../src/domain/lint/lint.js';
import { noSecrets } from '../../../../src/domain/middleware/resolved-secrets.js';
import { usualTls } from '../../../../src/domain/resources/tls.js';
import { servedHosts } from '../../../../src/domain/serving/hosts.js';
import { isPrivateName } from '../../../../src/domain/values/network/network-name.js';
import { updateRoute } from '../../../../src/operations/routes/update-route.js';
import { context, quiet } from '../../../builders/answers.js';
import { route, stateWith } from '../../../builders/log.js';
import { served } from '../../../builders/served.js';

const PRIVATE = [
  ...['nas', 'localhost', 'app.localhost', 'nas.local', 'db.internal', 'wiki.intranet', 'x.private', 'app.corp'],
  ...['nas.home', 'nas.lan', 'home.arpa', 'nas.home.arpa', 'x.test', 'x.invalid', 'x.example', 'deep.down.nas.lan'],
  ...['box.localdomain', 'relay.mail', 'hidden.onion', 'site.alt', '1.168.192.in-addr.arpa', '1.0.16.172.in-addr.arpa'],
];
const PUBLIC = [
  ...['app.example.com', 'example.org', 'nas.home.example.com', 'mylan.com', 'lan.com', 'my-home.net', 'arpa.com'],
  ...[
    'app.corporation',
    'contest.dev',
    'xhome.arpa',
    'mail.example.com',
    '1.32.172.in-addr.arpa',
    '8.8.8.in-addr.arpa',
  ],
];

/** Hosts for which an ACME authority is asked. */
const issued = (domain: string) =>
  compileCertificates(
    servedHosts([served(route(domain, { tls: { ...usualTls, autoHTTPS: true } }))]),
    { httpPort: 80, httpsPort: 443 },
    noSecrets,
  ).automated;

const imported = (host: string) => {
  const proxy = { handler: 'reverse_proxy', upstreams: [{ dial: 'localhost:3000' }] };
  const routes = [{ match: [{ host: [host] }], handle: [proxy], terminal: true }];
  const { resources } = importCaddy({ apps: { http: { servers: { srv0: { listen: [':443'], routes } } } } });
  return resources.flatMap(({ value }) => ('tls' in value ? [value.tls.autoHTTPS] : []));
};

const lintCodes = (domain: string) =>
  lint([{ kind: 'Route', name: domain, value: route(domain) }]).map(({ rule }) => rule.code);

const warnings = (domain: string) => {
  const input = updateRoute.input.parse({ domain, tlsAutoHTTPS: 'on' });
  const decision = updateRoute.decide(stateWith(route(domain)), input, quiet, context);
  return decision.kind === 'change' ? decision.warnings : [`refused: ${decision.refusal.message}`];
};

describe.each(PRIVATE)('%s, a private name,', (domain) => {
  it('is private, as are all names below it', () => {
    expect(isPrivateName(domain)).toBe(true);
    if (domain.includes('.')) expect(isPrivateName(`*.${domain}`)).toBe(true);
  });

  it('gets its certificate from the internal authority, although autoHTTPS is set', () => {
    expect(issued(domain)).toEqual([]);
  });

  it('gets a warning that says so', () => {
    expect(warnings(domain)).toEqual([expect.stringContaining('internal authority')]);
  });

  it('is imported without autoHTTPS', () => {
    expect(imported(domain)).toEqual([false]);
  });

  it('is not called open to everybody, nor in need of a redirect to HTTPS', () => {
    expect(lintCodes(domain)).not.toContain('HEC202');
    expect(lintCodes(domain)).not.toContain('HEC304');
  });
});

describe.each(PUBLIC)('%s, a public name,', (domain) => {
  it('is treated as public everywhere', () => {
    expect(isPrivateName(domain)).toBe(false);
    expect(issued(domain)).toEqual([domain]);
    expect(warnings(domain)).toEqual([]);
    expect(imported(domain)).toEqual([true]);
    expect(lintCodes(domain)).toEqual(expect.arrayContaining(['HEC202', 'HEC304']));
  });
});

it('a private wildcard may have autoHTTPS, which a public one may not', () => {
  expect(warnings('*.nas.lan')).toEqual([expect.stringContaining('internal authority')]);
  expect(warnings('*.example.com')).toEqual([expect.stringContaining('refused')]);
});
