import { z } from 'zod';
import type { SecretKind } from './kind.js';

const LONGEST_VALUE = 65_536;

/** A value that something outside Hecate uses. A signed webhook or a command tells its consumer about a new one. */
export const generic = {
  name: 'generic',
  purpose: 'a value for something outside Hecate, which a webhook or a command tells about a new one',
  content: 'the value',
  refusalCode: 'value-unusable',
  problem(text) {
    if (text === '') return 'the file is empty';
    return text.length > LONGEST_VALUE ? `the value is longer than ${LONGEST_VALUE} characters` : null;
  },
  store: async (text) => ({ value: text }),
  usedBy: () => [],
  settings: z.strictObject({}),
  isOwn: false,
  rotation: {
    newValue: 'either',
    dualSecretProblem: null,
    isInProxies: false,
    isRevealable: true,
    issuesItself: false,
    proof:
      'The consumer acknowledged the new value: its webhook answered 2xx, or its command ended with 0. Without either nothing is proven but that Vault has the value.',
  },
} as const satisfies SecretKind;
