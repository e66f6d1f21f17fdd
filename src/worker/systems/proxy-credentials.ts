import { randomBytes } from 'node:crypto';
import { createAdminPasswordIssuer, ownAdminPassword } from '../../adapters/caddy/admin-password-issuer.js';
import { createBasicAuthIssuer } from '../../adapters/caddy/basic-auth-issuer.js';
import { createTlsCertificateIssuer } from '../../adapters/caddy/tls-certificate-issuer.js';
import { createVaultPki } from '../../adapters/vault/pki.js';
import { certificates } from '../../adapters/x509/certificates.js';
import type { Issuers, OwnCredential } from '../../ports/credentials.js';
import type { LogReader } from '../../ports/event-log.js';
import type { Proxy } from '../../ports/proxy.js';
import type { Secrets } from '../../ports/secrets.js';
import type { VaultUse } from './vault-of-worker.js';

/** Systems with which credentials in the proxies' configuration are issued. */
export interface ProxyCredentialSystems {
  /** Null: no Vault is configured. */
  readonly secrets: Secrets | null;
  /** Null with `secrets`. */
  readonly vault: VaultUse | null;
  readonly log: Pick<LogReader, 'view'>;
  /** Proxies, and effects for what is made for them. */
  readonly proxyUse: {
    readonly proxies: readonly Proxy[];
    readonly now: () => string;
    readonly hashPassword: (password: string) => Promise<string>;
    /** Host under which the proxies serve their admin API; null: none. */
    readonly adminHost: string | null;
  };
}

/** Creates the issuers of credentials that are a part of the proxies' configuration; a text: why this worker has none. */
export function proxyIssuers({
  secrets,
  vault,
  log,
  proxyUse,
}: ProxyCredentialSystems): Pick<Issuers, 'basic-auth' | 'caddy-admin-password' | 'tls-certificate'> {
  if (secrets === null || vault === null) {
    return { 'basic-auth': NO_VAULT, 'caddy-admin-password': NO_VAULT, 'tls-certificate': NO_VAULT };
  }
  const passwords = { ...proxyUse, secrets, log, newPassword };
  return {
    'basic-auth': createBasicAuthIssuer(passwords),
    'caddy-admin-password': createAdminPasswordIssuer(passwords),
    'tls-certificate': createTlsCertificateIssuer({
      ...proxyUse,
      log,
      certificates,
      pki: createVaultPki(vault.role, vault.client),
    }),
  };
}

/** Returns Hecate's own credentials in the proxies' configuration that the log does not have. */
export function ownProxyCredentials({ log, proxyUse }: ProxyCredentialSystems): Promise<readonly OwnCredential[]> {
  return ownAdminPassword({ ...proxyUse, log, newPassword });
}

const NO_VAULT = 'no Vault is configured for the worker';
const PASSWORD_BYTES = 24;

function newPassword(): string {
  return randomBytes(PASSWORD_BYTES).toString('base64url');
}
