import { Failure } from '../../ports/failure.js';
import type { CertificateRequest, IssuedCertificate, Pki } from '../../ports/pki.js';
import { createVaultClient, type AppRole, type VaultClient } from './vault-client.js';
import { refused } from './vault-secrets.js';

/** Lifetime of the certificate that a preflight issues. */
const PROBE_TTL = '1m';

/** Returns the PKI engine of Vault or OpenBao, with the worker's AppRole. Connects at the first call. */
export function createVaultPki(role: AppRole, client: VaultClient = createVaultClient(role)): Pki {
  const { address } = role;
  const pki: Pki = {
    async issue(request) {
      const { mount, roleName } = placeOf(request.pki);
      const path = `${mount}/issue/${roleName}`;
      const { status, body } = await client.call({ method: 'POST', path, body: requestBody(request) });
      if (status === 400) throw refusedByRole(address, path, problemIn(body));
      if (status !== 200) throw refused(address, { method: 'POST', path }, status);
      return issuedOf(body);
    },
    async revoke(place, serial) {
      const path = `${placeOf(place).mount}/revoke`;
      const call = { method: 'POST', path, body: { serial_number: serial } } as const;
      const { status } = await client.call(call);
      // 400: unknown to the mount, or expired.
      if (status >= 300 && !(status === 400 || status === 404)) throw refused(address, call, status);
    },
    async isRevoked(place, serial) {
      const call = { method: 'GET', path: `${placeOf(place).mount}/cert/${serial}` } as const;
      const { status, body } = await client.call(call);
      if (status === 404 || status === 400) return true;
      if (status !== 200) throw refused(address, call, status);
      return ((body as { data?: { revocation_time?: number } }).data?.revocation_time ?? 0) > 0;
    },
    async probe(request) {
      const { serial } = await pki.issue({ ...request, ttl: PROBE_TTL });
      if (await pki.isRevoked(request.pki, serial)) throw keepsNone(address, request.pki);
      await pki.revoke(request.pki, serial);
    },
  };
  return pki;
}

function requestBody({ commonName, altNames = [], ttl }: CertificateRequest) {
  const isAddress = (name: string) => /^[\d.]+$|:/.test(name);
  return {
    common_name: commonName,
    format: 'pem',
    private_key_format: 'pkcs8',
    exclude_cn_from_sans: isAddress(commonName),
    alt_names: altNames.filter((name) => !isAddress(name)).join(','),
    ip_sans: [commonName, ...altNames].filter((name) => isAddress(name)).join(','),
    ...(ttl === undefined ? {} : { ttl }),
  };
}

function issuedOf(body: unknown): IssuedCertificate {
  const { data } = body as { data: Issued };
  // The chain ends with the root, which visitors have already; an issuer without intermediates has no other.
  const intermediates = (data.ca_chain ?? []).slice(0, -1);
  const chain = [data.certificate, ...intermediates].map((pem) => pem.trim()).join('\n');
  return { chain: `${chain}\n`, key: `${data.private_key.trim()}\n`, serial: data.serial_number };
}

interface Issued {
  readonly certificate: string;
  readonly private_key: string;
  readonly serial_number: string;
  readonly ca_chain?: readonly string[];
}

/** Splits `mount/role`. A mount may contain slashes; a role may not. */
function placeOf(pki: string): { readonly mount: string; readonly roleName: string } {
  const at = pki.lastIndexOf('/');
  return { mount: pki.slice(0, at), roleName: pki.slice(at + 1) };
}

/** Returns Vault's reason. A request for a certificate contains no secret, so the reason repeats none. */
function problemIn(body: unknown): string {
  return ((body as { errors?: readonly string[] }).errors ?? []).join('; ').slice(0, 300);
}

function refusedByRole(address: string, path: string, problem: string): Failure {
  return new Failure('denied', `Vault at ${address} refuses ${path}: ${problem}`, {
    system: 'vault',
    hint: 'Change the settings of the secret, or the role of the PKI engine in Vault.',
  });
}

function keepsNone(address: string, pki: string): Failure {
  return new Failure(
    'denied',
    `Vault at ${address} does not keep the certificates of ${pki}, so it cannot revoke them`,
    {
      system: 'vault',
      hint: 'Set no_store=false on that role of the PKI engine.',
    },
  );
}
