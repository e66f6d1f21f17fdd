import { z } from 'zod';
import type { SecretKind } from './kind.js';
import { mintedOnly } from './minted-only.js';

/** Name of the one secret of this kind. */
export const ADMIN_PASSWORD = 'caddy-admin-password';
/** User of the admin API. */
export const ADMIN_USER = 'admin';

/** The password in front of Caddy’s admin API on the host of HECATE_CADDY_ADMIN_HOST. The worker registers it. */
export const caddyAdminPassword = {
  ...mintedOnly,
  name: ADMIN_PASSWORD,
  purpose: 'the password in front of Caddy’s admin API on the host of HECATE_CADDY_ADMIN_HOST',
  settings: z.strictObject({}),
  isOwn: true,
  ownSecrets: {
    names: [ADMIN_PASSWORD],
    registered: 'The worker registers it once it has a Vault. Check it: hecate status',
  },
  rotation: {
    newValue: 'minted',
    dualSecretProblem: null,
    isInProxies: true,
    isRevealable: true,
    issuesItself: false,
    proof:
      'Each proxy accepts the new password on the admin host, and afterwards refuses the old one. Without an admin host nothing uses it yet.',
  },
} as const satisfies SecretKind;
