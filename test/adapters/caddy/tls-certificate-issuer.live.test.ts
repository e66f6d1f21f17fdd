import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTlsCertificateIssuer } from '../../../src/adapters/caddy/tls-certificate-issuer.js';
import { certificates } from '../../../src/adapters/x509/certificates.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import { newSecret } from '../../../src/domain/resources/secret.js';
import { usualTls } from '../../../src/domain/resources/tls.js';
import type { Credential, Issuer } from '../../../src/ports/credentials.js';
import type { CertificateRequest, Pki } from '../../../src/ports/pki.js';
import { makeAuthority, type TestAuthority } from '../../builders/certificates.js';
import { route, routeChange } from '../../builders/log.js';
import { NOW, rotate, startRotationLab, type RotationLab } from './rotation-lab.js';

const HOST = 'site.example.com';
const WILD = '*.wild.example.com';
const editionOf = (letter: string) => letter.repeat(24);

let lab: RotationLab;
let authority: TestAuthority;
let issuer: Issuer;
const asked: CertificateRequest[] = [];
const revoked = new Set<string>();
let issues = (names: readonly string[]) => authority.issue([...names]);

const pki: Pki = {
  async issue(request) {
    asked.push(request);
    const { chain, key } = issues([request.commonName, ...(request.altNames ?? [])]);
    return { chain, key, serial: certificates.read(chain)?.fingerprint ?? '' };
  },
  async revoke(_pki, serial) {
    revoked.add(serial);
  },
  isRevoked: async (_pki, serial) => revoked.has(serial),
  probe: async () => undefined,
};

const site = newSecret({
  ...{ name: 'site', kind: 'tls-certificate', version: 1, edition: editionOf('a') },
  settings: { pki: 'hecate-pki/routes' },
});
let first: Credential;

const brought = (letter: string, names: string[]): Credential => {
  const { chain, key } = authority.issue(names);
  return { edition: editionOf(letter), value: { chain, key }, plain: null };
};
const fingerprintOf = ({ value }: Credential) => certificates.read(value['chain'] ?? '')?.fingerprint;
const shown = async (at: number, host = HOST) => (await lab.proxies[at]?.certificate(host))?.fingerprint ?? null;

beforeAll(async () => {
  lab = await startRotationLab();
  authority = makeAuthority(lab.caddies[0]?.folder ?? '');
  issuer = createTlsCertificateIssuer({ log: lab.log, proxies: lab.proxies, certificates, pki, now: () => NOW });
  first = brought('a', [HOST, WILD]);
  await lab.keep(site, first);
  const tls = { ...usualTls, secret: 'site' };
  await lab.commit(
    changeOf('Secret', 'site', null, site),
    routeChange(null, route(HOST, { tls, middleware: ['maintenance'] })),
    routeChange(null, route(WILD, { tls: { ...tls, minVersion: '1.3' }, middleware: ['maintenance'] })),
    routeChange(null, route('plain.example.com')),
  );
});
afterAll(() => lab.stop());

describe('the certificate of a secret', () => {
  it('is shown for the hosts of the routes that use it, and for no other', async () => {
    for (const at of [0, 1]) {
      expect([await shown(at), await shown(at, WILD)]).toEqual([fingerprintOf(first), fingerprintOf(first)]);
      expect(await shown(at, 'plain.example.com')).not.toBe(fingerprintOf(first));
    }
  });

  it('is replaced by one of Vault’s PKI without a failed handshake, and revoked afterwards', async () => {
    let former = first;
    const failed: string[] = [];
    const stop = new AbortController();
    const load = [0, 1].map(async (at) => {
      while (!stop.signal.aborted) {
        const one = await shown(at).catch((error: unknown) => String(error));
        if (one === null) failed.push('no certificate');
      }
    });
    for (const letter of ['b', 'c']) {
      const next = await rotate(lab, issuer, { name: 'site', former, next: editionOf(letter) });
      for (const at of [0, 1]) {
        expect([await shown(at), await shown(at, WILD)]).toEqual([fingerprintOf(next), fingerprintOf(next)]);
      }
      const { serial } = former.value;
      if (serial !== undefined) expect(revoked.has(serial)).toBe(true);
      expect(revoked.has(next.value['serial'] ?? '')).toBe(false);
      former = next;
    }
    stop.abort();
    await Promise.all(load);
    expect(failed).toEqual([]);
    expect(asked[0]).toEqual({ pki: 'hecate-pki/routes', commonName: HOST, altNames: [WILD] });
    first = former;
  });

  it('is the former one again when the rotation is undone', async () => {
    const next = brought('d', [HOST, WILD]);
    await lab.keep(site, next);
    await lab.begin('site', next.edition, { phase: 'distribute' });
    expect(await shown(1)).toBe(fingerprintOf(next));
    expect(await issuer.prove(lab.secret('site'), next)).toEqual([
      { name: `route ${WILD}`, since: NOW },
      { name: `route ${HOST}`, since: NOW },
    ]);
    await expect(issuer.prove(lab.secret('site'), first)).rejects.toMatchObject({ kind: 'unavailable' });
    await lab.move('site', { kind: 'failed', problem: 'a test' });
    expect(await shown(1)).toBe(fingerprintOf(first));
    expect(await issuer.isAccepted(lab.secret('site'), next)).toBe(false);
    await lab.move('site', { kind: 'done' });
  });

  it('is refused when the PKI issues it for other names, and revoked', async () => {
    issues = () => authority.issue(['other.example.com']);
    const refused = issuer.issue(lab.secret('site'), { edition: editionOf('e'), former: first });
    await expect(refused).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('other.example.com, not for') as string,
    });
    issues = (names) => authority.issue([...names]);
    const unset = { name: 'site', settings: {} };
    await expect(issuer.issue(unset, { edition: editionOf('e'), former: first })).rejects.toMatchObject({
      kind: 'invalid',
    });
  });

  it('closes its hosts when Vault has none, and no other', async () => {
    const none = newSecret({ name: 'none', kind: 'tls-certificate', version: 1, edition: editionOf('9') });
    await lab.commit(
      changeOf('Secret', 'none', null, none),
      routeChange(null, route('none.example.com', { tls: { ...usualTls, secret: 'none' } })),
    );
    expect(await shown(0, 'none.example.com')).toBeNull();
    expect(await shown(0)).toBe(fingerprintOf(first));
  });
});
