import { X509Certificate, createPrivateKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createVaultPki } from '../../src/adapters/vault/pki.js';
import type { Pki } from '../../src/ports/pki.js';
import { startOpenbao, type TestOpenbao } from './openbao-server.js';

const OWN = 'hecate-pki/routes';

describe('the PKI of OpenBao', () => {
  let bao: TestOpenbao;
  let pki: Pki;
  beforeAll(async () => {
    bao = await startOpenbao();
    const { address, layout } = bao;
    pki = createVaultPki({ address, roleIdFile: layout.roleId, secretIdFile: layout.secretId });
  });
  afterAll(() => bao.stop());

  it('issues a certificate with its key for names and addresses', async () => {
    const request = { pki: OWN, commonName: 'app.example.com', altNames: ['b.example.com', '127.0.0.1', '::1'] };
    const { chain, key, serial } = await pki.issue({ ...request, ttl: '24h' });
    const certificate = new X509Certificate(chain);
    expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(certificate.subjectAltName).toMatch(/app\.example\.com.*b\.example\.com.*127\.0\.0\.1.*0:0:0:0:0:0:0:1/);
    expect(certificate.serialNumber.toLowerCase()).toBe(serial.replaceAll(':', ''));
    expect(Date.parse(certificate.validTo) - Date.now()).toBeLessThanOrEqual(24 * 3_600_000);
    expect(chain.match(/BEGIN CERTIFICATE/g)).toHaveLength(1);
  });

  it('revokes by serial number, twice without harm, and leaves others', async () => {
    const [one, other] = [
      await pki.issue({ pki: OWN, commonName: 'one.example.com' }),
      await pki.issue({ pki: OWN, commonName: 'other.example.com' }),
    ];
    expect(await pki.isRevoked(OWN, one.serial)).toBe(false);
    await pki.revoke(OWN, one.serial);
    await pki.revoke(OWN, one.serial);
    expect(await pki.isRevoked(OWN, one.serial)).toBe(true);
    expect(await pki.isRevoked(OWN, other.serial)).toBe(false);
    await pki.revoke(OWN, '11:22:33:44');
  });

  it('tries what its role may do, and leaves no valid certificate', async () => {
    await pki.probe({ pki: OWN, commonName: 'probe.example.com' });
    const elsewhere = pki.probe({ pki: 'elsewhere/routes', commonName: 'probe.example.com' });
    await expect(elsewhere).rejects.toMatchObject({
      kind: 'denied',
      message: expect.stringMatching(/refuses elsewhere\/issue\/routes, capability create or update/) as string,
    });
  });

  it('says why a role refuses a name, and that a role keeps no certificates', async () => {
    const root = await bao.root();
    await root('POST', '/hecate-pki/roles/routes', {
      allowed_domains: 'example.com',
      allow_subdomains: true,
      no_store: true,
    });
    await expect(pki.issue({ pki: OWN, commonName: 'other.org' })).rejects.toMatchObject({
      kind: 'denied',
      message: expect.stringMatching(/refuses hecate-pki\/issue\/routes: .*other\.org/) as string,
    });
    await expect(pki.probe({ pki: OWN, commonName: 'a.example.com' })).rejects.toThrow(/cannot revoke/);
  });
});
