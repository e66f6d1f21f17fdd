import { z } from 'zod';
import type { SecretKind } from './kind.js';
import { issuedRotation, mintedOnly } from './minted-only.js';

/** The secret id of one of Hecate’s AppRoles in Vault. The worker registers it. */
export const vaultApprole = {
  ...mintedOnly,
  name: 'vault-approle',
  purpose: 'the secret id of one of Hecate’s AppRoles in Vault',
  settings: z.strictObject({}),
  isOwn: true,
  ownSecrets: {
    names: ['vault-worker', 'vault-cli'],
    registered:
      'The worker registers it once it has an AppRole in Vault (HECATE_VAULT_SECRET_ID_FILE, HECATE_VAULT_CLI_SECRET_ID_FILE). Check Vault: hecate status',
  },
  rotation: {
    ...issuedRotation,
    proof:
      'A login at Vault that uses only the new secret id succeeds, and the worker has logged in with it. Afterwards Vault refuses the old one. Commands read the file at each run.',
  },
} as const satisfies SecretKind;
