import { z } from 'zod';
import type { SecretKind } from './kind.js';
import { issuedRotation, mintedOnly } from './minted-only.js';

/** Start of the names of secrets of this kind; the name of the operator follows. */
export const OPERATOR_SECRET_PREFIX = 'operator-';

/** The key of an operator that this home uses. The worker registers it. */
export const operatorKey = {
  ...mintedOnly,
  name: 'operator-key',
  purpose: 'the key of an operator that this home uses',
  settings: z.strictObject({}),
  isOwn: true,
  rotation: {
    ...issuedRotation,
    proof:
      'The worker verifies a text that is signed with the new key of the home. Afterwards it refuses the old key. Copies of the old key on other machines are not replaced.',
  },
} as const satisfies SecretKind;
