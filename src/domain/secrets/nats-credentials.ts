import { z } from 'zod';
import type { SecretKind } from './kind.js';
import { issuedRotation, mintedOnly } from './minted-only.js';

/** The key of one of Hecate’s users of NATS. The worker registers it. */
export const natsCredentials = {
  ...mintedOnly,
  name: 'nats-credentials',
  purpose: 'the key of one of Hecate’s users of NATS',
  settings: z.strictObject({}),
  isOwn: true,
  ownSecrets: {
    names: ['nats-worker', 'nats-cli'],
    registered:
      'The worker registers it once it has a Vault and a seed file for NATS (HECATE_NATS_SEED_FILE, HECATE_NATS_CLI_SEED_FILE). Check both: hecate status',
  },
  rotation: {
    ...issuedRotation,
    proof:
      'A connection to NATS that uses only the new key is accepted, and the worker is connected with it. Afterwards NATS refuses the old key. Commands read the file at each run, and those that run move to the new key. A login of another program that is under way while NATS reads its configuration may be refused; Hecate’s own repeat it.',
  },
} as const satisfies SecretKind;
