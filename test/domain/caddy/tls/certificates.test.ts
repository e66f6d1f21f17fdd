import { expect, it } from 'vitest';
import { compileCertificates } from '../../../../src/domain/caddy/tls/certificates.js';
import { noSecrets } from '../../../../src/domain/middleware/resolved-secrets.js';
import { usualTls } from '../../../../src/domain/resources/tls.js';
import { servedHosts } from '../../../../src/domain/serving/hosts.js';
import { route } from '../../../builders/log.js';
import { served } from '../../../builders/served.js';

const certificate = {
  chain: '-----BEGIN CERTIFICATE-----',
  fingerprint: 'ab'.repeat(32),
  notAfter: '2030-01-01T00:00:00.000Z',
};

it('no authority is asked for a host with a certificate of its own', () => {
  const own = route('app.example.com', { tls: { ...usualTls, autoHTTPS: true, certificate } });
  const { automated } = compileCertificates(servedHosts([served(own)]), { httpPort: 80, httpsPort: 443 }, noSecrets);
  expect(automated).toEqual([]);
});
