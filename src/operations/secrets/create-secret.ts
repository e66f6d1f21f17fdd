import { z } from 'zod';
import { creatableKind, purposes, secretKindOf, usualSecretKind } from '../../domain/secrets/kinds.js';
import { newSecret } from '../../domain/resources/secret.js';
import { find } from '../../domain/log/state.js';
import { defineOperation } from '../operation.js';
import { existsAlready, refuse } from '../refusals.js';
import {
  firstValueField,
  nameField,
  reservedRefusal,
  secretDecision,
  valueQuestions,
  valueRefusal,
} from './decision.js';
import { settingFlags, settingsRefusal, withSettings } from './settings.js';
import { mintedKey, signed, signerKeyField } from './signer.js';

/** Creates a secret. Vault keeps its value; the log keeps its name, kind, version and settings. */
export const createSecret = defineOperation({
  key: 'secret.create',
  path: ['create', 'secret'],
  summary: 'Create a secret, for routes or for a program outside Hecate',
  examples: [
    'create secret --name team --kind basic-auth --from-file team.txt',
    'create secret --name billing --kind generic --webhook https://billing.example.com/hooks/hecate',
  ],
  input: z
    .strictObject({
      name: nameField.meta({ names: undefined }),
      kind: creatableKind
        .default(usualSecretKind)
        .describe(`Kind of the secret: ${purposes}`)
        .meta({ placeholder: 'kind' }),
      fromFile: firstValueField,
      ...settingFlags,
      signerKey: signerKeyField,
    })
    .refine(({ kind, fromFile }) => fromFile !== undefined || secretKindOf(kind).minting !== undefined, {
      error: ({ input }) => `--from-file is missing; give a file with ${contentFor(input)}`,
    }),
  subject: (input) => input.name,
  mints(input) {
    const { kind, fromFile, name } = input;
    const { minting } = secretKindOf(kind);
    const isUsable = settingsRefusal(input, { name, kind }) === null;
    const made =
      fromFile === undefined && isUsable ? minting?.(withSettings(input, { kind, settings: {} })) : undefined;
    return { ...(made === undefined ? {} : { fromFile: made }), ...mintedKey(input) };
  },
  handoverProblem: (input, handover) => settingsRefusal(input, input) ?? valueRefusal(input, input.kind, handover),
  questions: (_state, { name, kind, fromFile }) =>
    fromFile === undefined ? [] : valueQuestions(newSecret({ name, kind, version: 1, edition: fromFile })),
  decide(state, input, answers) {
    const { name, kind, fromFile: edition } = input;
    const held = find(state, 'Secret', name);
    if (held) {
      const hint = `Give it a new value with: hecate update secret --name ${held.name} --from-file FILE`;
      return refuse(existsAlready(held, hint));
    }
    const refusal = reservedRefusal(name) ?? settingsRefusal(input, input) ?? valueRefusal(input, kind, answers);
    if (refusal) return refuse(refusal);
    const settings = withSettings(input, { kind, settings: {} });
    const made = newSecret({ name, kind, version: 1, edition: edition ?? '', settings });
    return signed(state, made, input.signerKey, (secret) => secretDecision(state, null, secret));
  },
});

function contentFor(input: unknown): string {
  const { kind } = input as { readonly kind: Parameters<typeof secretKindOf>[0] };
  return secretKindOf(kind).content;
}
