import { z } from 'zod';
import { secretName } from '../values/name.js';
import { webhookUrl } from '../values/network/webhook-url.js';
import type { SecretKind } from './kind.js';
import { valueFormats } from './minting.js';

const LONGEST_VALUE = 65_536;
/** In base64url, 256 random bits have this many characters. */
const USUAL_LENGTH = 43;

/** Name of a file in the folder of commands. Neither a path nor a hidden file. */
const commandName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/,
    'give the name of a file in the folder HECATE_SECRET_COMMANDS_DIR of the worker, such as reload-billing; no path and no arguments',
  );

/** Settings of a secret of the kind `generic`. */
export const genericSettings = z.strictObject({
  webhook: webhookUrl
    .nullable()
    .default(null)
    .describe('URL that gets a signed event about each new value, never the value; none: no webhook')
    .meta({ placeholder: 'url' }),
  webhookSecret: secretName
    .nullable()
    .default(null)
    .describe('Secret of the kind generic whose value (whsec_…) signs the events; none: no such secret')
    .meta({ placeholder: 'name', names: 'Secret' }),
  command: commandName
    .nullable()
    .default(null)
    .describe(
      'Command that the worker runs about each new value: a file in the folder HECATE_SECRET_COMMANDS_DIR of the worker; none: no command',
    )
    .meta({ placeholder: 'file' }),
  commandInput: z
    .enum(['nothing', 'value'])
    .default('nothing')
    .describe('Standard input of the command: nothing (the default), or the new value')
    .meta({ placeholder: 'input' }),
  acknowledgement: z
    .enum(['delivery', 'use'])
    .default('delivery')
    .describe(
      'Proof before the new value is in force: delivery, the consumer has the event (the default); use, it also uses the value (webhook: 200 or 204 rather than 202)',
    )
    .meta({ placeholder: 'proof' }),
  valueFormat: z
    .enum(valueFormats)
    .default('base64url')
    .describe('Form of the values that Hecate makes; whsec: a key that signs webhooks (default: base64url)')
    .meta({ placeholder: 'format' }),
  valueLength: z
    .number()
    .int()
    .min(24)
    .max(1_024)
    .default(USUAL_LENGTH)
    .describe(`Characters of the values that Hecate makes, but for whsec (default: ${USUAL_LENGTH})`)
    .meta({ placeholder: 'number' }),
});

/** Settings of {@link genericSettings}. */
export type GenericSettings = z.infer<typeof genericSettings>;

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
  settings: genericSettings,
  isOwn: false,
  minting: (settings) => genericSettings.parse(settings),
  rotation: {
    newValue: 'either',
    dualSecretProblem: null,
    isInProxies: false,
    isRevealable: true,
    issuesItself: false,
    endOfFormer(version, { webhook = null, command = null }) {
      if (webhook !== null || command !== null) return `its consumers know that version ${version} is revoked`;
      return `version ${version} is no longer in force; nobody was told`;
    },
    warning({ name, settings: { webhook = null, command = null } }) {
      if (webhook !== null || command !== null) return null;
      return `no program is told about the new value of ${name}, so nothing is proven but that Vault has it; name one with: hecate update secret --name ${name} --webhook URL`;
    },
    proof:
      'The consumer acknowledged the new value: its webhook answered 2xx, or its command ended with 0. At the end it acknowledged that the old one is revoked. Hecate does not see which value the consumer uses. Without webhook and command nothing is proven but that Vault has the value.',
  },
} as const satisfies SecretKind;
