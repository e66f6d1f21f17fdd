import { orFailure, type AuthentikAddress } from './client/api-client.js';
import type { AuthentikApi } from './client/calls.js';

/** The account of Hecate's token. */
export interface OwnAccount {
  readonly pk: number;
  readonly username: string;
  readonly is_superuser: boolean;
  /** Its roles, also those of its groups; before authentik 2026.2, an account does not see them. */
  readonly roles?: readonly { readonly pk: string }[];
}

/** Fetches the account of Hecate's token. Throws `denied` when the token is refused. */
export async function ownAccount({ core }: AuthentikApi): Promise<OwnAccount> {
  // The generated client cannot read the answer of an older version, which lacks fields.
  const { raw } = await orFailure('accept its token', core.coreUsersMeRetrieveRaw());
  return ((await raw.json()) as { user: OwnAccount }).user;
}

/** Returns the command by which an administrator makes or mends Hecate's account and its token. */
export function initCommand({ url, tokenFile }: AuthentikAddress): string {
  return `hecate init authentik --url ${url} --token-file ${tokenFile} --admin-token-file FILE`;
}
