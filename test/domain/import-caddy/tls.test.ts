import { describe, expect, it } from 'vitest';
import { importCaddy } from '../../../src/domain/import-caddy/import.js';
import type { ReadCertificate } from '../../../src/domain/import-caddy/loaded-certificates.js';
import type { CertificateFacts } from '../../../src/domain/values/certificate.js';
import type { Route } from '../../../src/domain/resources/route.js';

const site = (host: string) => ({
  match: [{ host: [host] }],
  handle: [{ handler: 'reverse_proxy', upstreams: [{ dial: 'localhost:3000' }] }],
  terminal: true,
});
const factsOf = (names: string[]): CertificateFacts => ({
  fingerprint: 'f'.repeat(64),
  names,
  notBefore: '2026-01-01T00:00:00.000Z',
  notAfter: '2027-01-01T00:00:00.000Z',
  keyType: 'rsa',
  isOrdered: true,
});
const read: ReadCertificate = (from) => {
  const name = 'pem' in from ? from.pem : from.file;
  if (name === '/nowhere.pem') return { problem: 'no such file' };
  return { chain: `CHAIN ${name}`, facts: factsOf(['own.example.com', '*.wild.example.com']) };
};

function imported(policies: unknown[], { hosts = ['a.example.com', 'own.example.com'], tls = {} } = {}) {
  const servers = { srv0: { listen: [':443'], routes: hosts.map(site), tls_connection_policies: policies } };
  const { resources, left, foreign } = importCaddy({ apps: { http: { servers }, tls } }, read);
  const routes = resources.map(({ value }) => value as Route);
  return { left, reasons: foreign.map(({ path, reason }) => `${path}: ${reason}`), routes };
}

const loads = (certificate: string) => ({
  certificates: { load_files: [{ certificate, key: '/k.pem', tags: ['t'] }] },
});
const own = { match: { sni: ['own.example.com'] }, certificate_selection: { any_tag: ['t'] } };

describe('a certificate that a site names', () => {
  it('is imported without its key, and the command that brings the key is named', () => {
    const { left, reasons, routes } = imported([own, {}], { tls: loads('/c.pem') });
    expect(left).toEqual([]);
    expect(routes.map(({ domain, tls }) => [domain, tls.certificate?.chain, tls.autoHTTPS])).toEqual([
      ['a.example.com', undefined, true],
      ['own.example.com', 'CHAIN /c.pem', false],
    ]);
    expect(reasons).toEqual([
      'apps/tls/certificates/load_files/0: the private key is not imported; after the apply, run: hecate update route --domain own.example.com --tls-cert /c.pem --tls-key /k.pem',
    ]);
  });

  it.each([
    ['cannot be read', '/nowhere.pem', 'own.example.com', '/nowhere.pem: no such file'],
    ['is for other hosts', '/c.pem', 'b.example.com', 'it is for own.example.com, *.wild.example.com'],
  ])('leaves out its host only, when it %s', (_what, file, host, words) => {
    const policy = { ...own, match: { sni: [host] } };
    const { left, reasons } = imported([policy, {}], { hosts: ['a.example.com', host], tls: loads(file) });
    expect(left).toEqual([host]);
    expect(reasons).toEqual([expect.stringContaining(words)]);
  });

  it('serves other hosts that it covers too, as Caddy does, also from the configuration itself', () => {
    const tls = { certificates: { load_pem: [{ certificate: 'PEM', key: 'KEY' }] } };
    const { routes, reasons } = imported([], { hosts: ['x.wild.example.com', 'a.example.com'], tls });
    expect(routes.map(({ tls: { certificate } }) => certificate?.chain)).toEqual([undefined, 'CHAIN PEM']);
    expect(JSON.stringify(reasons)).not.toContain('KEY');
  });

  it('leaves out every host when certificates are loaded from elsewhere', () => {
    const { left } = imported([{}], { tls: { certificates: { load_folders: ['/certs'] } } });
    expect(left).toEqual(['a.example.com', 'own.example.com']);
  });
});

describe('TLS settings of a policy', () => {
  const only = (more: object) => imported([{ match: { sni: ['own.example.com'] }, ...more }, {}]);

  it.each([
    ['client_authentication', { client_authentication: { mode: 'request' } }, 'asks visitors for a certificate'],
    ['alpn', { alpn: ['h2'] }, 'list of protocols (alpn)'],
    ['protocol_max', { protocol_max: 'tls1.2' }, 'nothing newer than "tls1.2"'],
    ['cipher_suites', { cipher_suites: ['TLS_RSA_WITH_AES_128_CBC_SHA'] }, 'unknown cipher suite'],
    ['cipher_suites', { cipher_suites: ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'] }, 'none of the suites'],
    ['drop', { drop: true }, 'are dropped'],
    [
      'certificate_selection',
      { certificate_selection: { any_tag: ['gone'] } },
      'which the configuration does not load',
    ],
  ])('leave out its hosts only, and name %s', (name, policy, words) => {
    const { left, reasons } = only(policy);
    expect(left).toEqual(['own.example.com']);
    expect(reasons).toEqual([expect.stringContaining(words)]);
    expect(reasons[0]).toContain(`tls_connection_policies/0/${name}: `);
    expect(reasons[0]).toContain('own.example.com');
  });

  it('are imported as far as a route has them', () => {
    const { left, routes } = only({ protocol_min: 'tls1.3', protocol_max: 'tls1.3' });
    expect([left, routes.map(({ tls }) => tls.minVersion)]).toEqual([[], ['1.2', '1.3']]);
  });

  it('are those of the first policy that matches; a host without one is left out', () => {
    const policies = [{ match: { sni: ['*.example.com'] }, protocol_min: 'tls1.3' }, own];
    const { left, routes, reasons } = imported(policies, {
      hosts: ['a.example.com', 'own.example.com', 'b.example.org'],
    });
    expect(routes.map(({ tls }) => tls.minVersion)).toEqual(['1.3', '1.3']);
    expect([left, reasons]).toEqual([['b.example.org'], [expect.stringContaining('no policy is for b.example.org')]]);
  });

  it('of a host inside a wildcard leave out the wildcard, unless that host is a site itself', () => {
    const policies = [{ match: { sni: ['a.example.com'] }, protocol_min: 'tls1.3' }, {}];
    expect(imported(policies, { hosts: ['*.example.com'] }).left).toEqual(['*.example.com']);
    expect(imported(policies, { hosts: ['a.example.com', '*.example.com'] }).left).toEqual([]);
  });
});
