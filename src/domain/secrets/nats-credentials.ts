import { z } from 'zod';
import type { SecretKind } from './kind.js';
import { mintedOnly } from './minted-only.js';

/** The key of one of Hecate’s users of NATS. The worker registers it. */
export const natsCredentials = {
  ...mintedOnly,
  name: 'nats-credentials',
  purpose: 'the key of one of Hecate’s users of NATS',
  settings: z.strictObject({}),
  isOwn: true,
  rotation: {
    newValue: 'minted',
    dualSecretProblem: null,
    isInProxies: false,
    isRevealable: false,
    issuesItself: true,
    proof:
      'A connection to NATS that uses only the new key is accepted, and the worker is connected with it. Afterwards NATS refuses the old key. Commands read the file at each run.',
  },
} as const satisfies SecretKind;
