import { z } from 'zod';
import type { SecretKind } from './kind.js';
import { issuedRotation, mintedOnly } from './minted-only.js';

/** Hecate’s own API token for authentik. The worker registers it. */
export const authentikToken = {
  ...mintedOnly,
  name: 'authentik-token',
  purpose: 'Hecate’s own API token for authentik',
  settings: z.strictObject({}),
  isOwn: true,
  ownSecrets: {
    names: ['authentik-api-token'],
    registered:
      'The worker registers it once it has a Vault and an authentik that accepts its token (HECATE_AUTHENTIK_URL, HECATE_AUTHENTIK_TOKEN_FILE). Check it: hecate read test auth',
  },
  rotation: {
    ...issuedRotation,
    proof:
      'A call to authentik that uses only the new token answers with Hecate’s account, and the worker’s next calls use it. Afterwards authentik refuses the old token.',
  },
} as const satisfies SecretKind;
