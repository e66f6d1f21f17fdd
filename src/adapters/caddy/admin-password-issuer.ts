import { find } from '../../domain/log/state.js';
import { ADMIN_PASSWORD, ADMIN_USER } from '../../domain/secrets/caddy-admin-password.js';
import type { Issuer, OwnCredential } from '../../ports/credentials.js';
import { createPasswordIssuer, mintedAccounts, type PasswordSources } from './password-issuer.js';

/** Systems of the password of the admin API. */
export interface AdminPasswordSources extends PasswordSources {
  /** Host under which the proxies serve their admin API; null: none, so nothing uses the password. */
  readonly adminHost: string | null;
}

/** Creates the issuer of `caddy-admin-password`. */
export function createAdminPasswordIssuer(sources: AdminPasswordSources): Issuer {
  const { adminHost } = sources;
  return createPasswordIssuer(sources, {
    issue: () => mintedAccounts([ADMIN_USER], sources),
    gates: () => (adminHost === null ? [] : [{ consumer: `admin API at ${adminHost}`, host: adminHost }]),
  });
}

/** Returns a first password when the log has none. It exists without an admin host too, so that it is there when one is set. */
export async function ownAdminPassword(
  sources: Pick<AdminPasswordSources, 'log' | 'newPassword' | 'hashPassword'>,
): Promise<readonly OwnCredential[]> {
  const { state } = await sources.log.view();
  if (find(state, 'Secret', ADMIN_PASSWORD) !== undefined) return [];
  return [{ name: ADMIN_PASSWORD, kind: ADMIN_PASSWORD, ...(await mintedAccounts([ADMIN_USER], sources)) }];
}
