import { z } from 'zod';
import { find } from '../../domain/log/state.js';
import type { Secret } from '../../domain/resources/secret.js';
import { defineOperation } from '../operation.js';
import { refuse } from '../refusals.js';
import { missingSecret } from '../rules/route.js';
import { rotationRuns } from './rotation.js';
import { nameField, ownRefusal, secretDecision, valueField, valueQuestions, valueRefusal } from './decision.js';
import { givesSettings, settingFlags, settingsRefusal, withSettings } from './settings.js';
import { mintedKey, signed, signerKeyField } from './signer.js';

/**
 * Gives a secret a new value, which routes use at once, or other settings. The old value stays in Vault for a time, so that
 * a failed update can be undone. Settings may change while the secret is rotated: the next step uses them.
 */
export const updateSecret = defineOperation({
  key: 'secret.update',
  path: ['update', 'secret'],
  summary: 'Give a secret a new value or other settings',
  examples: [
    'update secret --name team --from-file team.txt',
    'update secret --name billing --webhook https://billing.example.com/hooks/secrets',
  ],
  input: z
    .strictObject({ name: nameField, fromFile: valueField, ...settingFlags, signerKey: signerKeyField })
    .refine((input) => input.fromFile !== undefined || givesSettings(input), {
      message: 'give --from-file with a new value, or a setting to change',
    }),
  subject: (input) => input.name,
  mints: mintedKey,
  handoverProblem: (input, handover) => valueRefusal(input, null, handover),
  questions(state, { name, fromFile: edition }) {
    const before = find(state, 'Secret', name)?.value;
    return before && edition !== undefined ? valueQuestions({ ...before, edition }, state) : [];
  },
  decide(state, input, answers, { now }) {
    const before = find(state, 'Secret', input.name)?.value;
    if (!before) return refuse(missingSecret(state, input.name));
    const { fromFile: edition } = input;
    const refusal =
      settingsRefusal(input, before) ??
      (edition === undefined
        ? null
        : (ownRefusal(before) ?? rotationRuns(before) ?? valueRefusal(input, before.kind, answers)));
    if (refusal) return refuse(refusal);
    const changed = givesSettings(input) ? { ...before, settings: withSettings(input, before) } : before;
    const after = edition === undefined ? changed : { ...changed, version: before.version + 1, edition, since: now };
    return signed(state, after, input.signerKey, (secret) => {
      const decision = secretDecision(state, before, secret);
      return { ...decision, warnings: edition === undefined ? [] : silently(secret) };
    });
  },
});

/** A value that replaces the old one at once is no rotation, so consumers do not hear of it. */
function silently({ name, settings }: Secret): readonly string[] {
  const { webhook = null, command = null } = settings;
  if (webhook === null && command === null) return [];
  return [
    `the webhook or command of ${name} is not told about this value; to tell it: hecate update secret rotate --name ${name} --from-file FILE`,
  ];
}
