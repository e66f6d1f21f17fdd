import { describe, expect, it } from 'vitest';
import type { CertificateFacts } from '../../../src/domain/values/certificate.js';
import { usualTls, type Tls } from '../../../src/domain/resources/tls.js';
import { createRoute } from '../../../src/operations/routes/create-route.js';
import { moveRoute } from '../../../src/operations/routes/move-route.js';
import type { Answers } from '../../../src/operations/questions.js';
import { updateRoute } from '../../../src/operations/routes/update-route.js';
import { context, quiet } from '../../builders/answers.js';
import { route, stateWith } from '../../builders/log.js';

const domain = 'app.example.com';
const facts: CertificateFacts = {
  fingerprint: 'f'.repeat(64),
  names: [domain],
  notBefore: '2025-12-01T00:00:00.000Z',
  notAfter: '2026-03-01T00:00:00.000Z',
  keyType: 'ec',
  isOrdered: true,
};
const PEM = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
const staged = 'a'.repeat(24);
const brought = { tlsCert: PEM, tlsKey: staged };
const well: Answers = { ...quiet, certificate: () => facts, key: () => 'matches' };
const certificate = { fingerprint: facts.fingerprint, chain: PEM, notAfter: facts.notAfter };

function update(input: object, { tls = {}, answers = well }: { tls?: Partial<Tls>; answers?: Answers } = {}) {
  const state = stateWith(route(domain, { tls: { ...usualTls, ...tls } }));
  return updateRoute.decide(state, updateRoute.input.parse({ domain, ...input }), answers, context);
}
const refusedAs = (code: string) => ({ kind: 'refuse', refusal: { kind: 'invalid', code } });

describe('the oldest version and the suites', () => {
  it('takes the reference page’s command and says that the suites of 1.3 are always on', () => {
    const tlsCiphers = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384'];
    expect(update({ tlsMinVersion: '1.3', tlsCiphers })).toMatchObject({
      changes: [{ after: { tls: { minVersion: '1.3', ciphers: [] } } }],
      warnings: [expect.stringContaining('always on')],
    });
  });

  it.each([
    [{ tlsCiphers: ['TLS_AES_128_GCM_SHA256'] }, {}],
    [{ tlsCiphers: ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'] }, {}],
    [{ tlsMinVersion: '1.2' }, { minVersion: '1.3', ciphers: ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'] }],
  ] as const)('refuses what leaves clients of 1.2 without a suite: %j', (input, tls) => {
    expect(update(input, { tls: { ...tls, ciphers: [...('ciphers' in tls ? tls.ciphers : [])] } })).toMatchObject(
      refusedAs('no-suite-left'),
    );
  });

  it('goes by the kind of key of the certificate that is brought', () => {
    const rsa: Answers = { ...well, certificate: () => ({ ...facts, keyType: 'rsa' }) };
    const tlsCiphers = ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'];
    expect(update({ ...brought, tlsCiphers }, { answers: rsa })).toMatchObject({ kind: 'change' });
    expect(update({ ...brought, tlsCiphers })).toMatchObject(refusedAs('no-suite-left'));
  });

  it('refuses names that are not known, with the nearest one, and goes back to the usual ones', () => {
    const parsed = updateRoute.input.safeParse({ domain, tlsCiphers: ['tls_aes_128_gcm_sha257'] });
    expect(parsed.error?.issues[0]?.message).toContain('did you mean TLS_AES_128_GCM_SHA256?');
    const tls = { ciphers: ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'] };
    expect(update({ tlsCiphers: [] }, { tls })).toMatchObject({ changes: [{ after: { tls: { ciphers: [] } } }] });
  });
});

describe('a certificate that is brought', () => {
  it('stands in the log without its key, which is claimed', () => {
    const decision = update(brought);
    expect(decision).toMatchObject({
      changes: [{ after: { tls: { certificate } } }],
      claims: [{ staged, kind: 'tls-key', vaultPath: `tls/${facts.fingerprint}` }],
    });
    expect(update({ tlsCert: 'none' }, { tls: { certificate } })).toMatchObject({
      changes: [{ after: { tls: { certificate: null } } }],
      claims: [],
    });
  });

  it.each<[string, Partial<Answers>, object, string]>([
    ['its key is not that of the certificate', { key: () => 'differs' }, brought, 'key-unusable'],
    ['its key was never handed over', { key: () => 'missing' }, brought, 'key-unusable'],
    ['it cannot be read', { certificate: () => null }, brought, 'certificate-unusable'],
    [
      'it is for another domain',
      { certificate: () => ({ ...facts, names: ['x.org'] }) },
      brought,
      'certificate-unusable',
    ],
    [
      'it expired',
      { certificate: () => ({ ...facts, notAfter: '2025-12-31T00:00:00.000Z' }) },
      brought,
      'certificate-unusable',
    ],
    [
      'its chain is out of order',
      { certificate: () => ({ ...facts, isOrdered: false }) },
      brought,
      'certificate-unusable',
    ],
    ['it comes without a key', {}, { tlsCert: PEM }, 'certificate-without-key'],
    ['a key comes without it', {}, { tlsKey: staged }, 'key-without-certificate'],
    ['one shall be issued too', {}, { ...brought, tlsAutoHTTPS: 'on' }, 'two-certificates'],
  ])('is refused when %s', (_why, found, input, code) => {
    expect(update(input, { answers: { ...well, ...found } })).toMatchObject(refusedAs(code));
  });

  it('is taken with a warning when it is not valid yet', () => {
    const later: Answers = { ...well, certificate: () => ({ ...facts, notBefore: '2026-02-01T00:00:00.000Z' }) };
    expect(update(brought, { answers: later })).toMatchObject({
      warnings: [expect.stringContaining('not valid before')],
    });
  });

  it('keeps a route from moving to a domain that it is not for', () => {
    const state = stateWith(route(domain, { tls: { ...usualTls, certificate } }));
    const input = moveRoute.input.parse({ domain, to: 'b.example.com' });
    expect(moveRoute.decide(state, input, well, context)).toMatchObject(refusedAs('certificate-elsewhere'));
  });

  it('does not keep a route from changing otherwise after it expired', () => {
    const later = { ...context, now: '2026-04-01T00:00:00.000Z' };
    const state = stateWith(route(domain, { tls: { ...usualTls, certificate } }));
    const input = updateRoute.input.parse({ domain, headers: { 'X-A': '1' } });
    expect(updateRoute.decide(state, input, well, later)).toMatchObject({ kind: 'change' });
  });

  it('is not mixed up with one that is issued', () => {
    expect(update({ tlsAutoHTTPS: 'on' }, { tls: { certificate } })).toMatchObject(refusedAs('has-certificate'));
    expect(update(brought, { tls: { autoHTTPS: true } })).toMatchObject({
      changes: [{ after: { tls: { autoHTTPS: false } } }],
    });
  });
});

describe('a certificate that is issued', () => {
  const create = (name: string) => {
    const input = createRoute.input.parse({ domain: name, upstream: 'localhost:1', tlsAutoHTTPS: 'on' });
    return createRoute.decide(stateWith(), input, quiet, context);
  };

  it('is not asked of a public authority for a wildcard, which is said, nor for a local name, which is noted', () => {
    expect(create('*.example.com')).toMatchObject(refusedAs('wildcard-automatic'));
    for (const name of ['printer', 'nas.local', 'a.home.arpa', '*.internal', 'x.localhost'])
      expect(create(name)).toMatchObject({ kind: 'change', warnings: [expect.stringContaining('internal authority')] });
  });
});
