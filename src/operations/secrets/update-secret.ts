import { z } from 'zod';
import { find } from '../../domain/log/state.js';
import { defineOperation } from '../operation.js';
import { refuse } from '../refusals.js';
import { missingSecret } from '../rules/route.js';
import { rotationRuns } from './rotation.js';
import { nameField, ownRefusal, secretDecision, valueField, valueQuestions, valueRefusal } from './decision.js';

/** Gives a secret a new value, which routes use at once. The old value stays in Vault, so that an undo can use it. */
export const updateSecret = defineOperation({
  key: 'secret.update',
  path: ['update', 'secret'],
  summary: 'Give a secret a new value',
  examples: ['update secret --name team --from-file team.txt'],
  input: z.strictObject({ name: nameField, fromFile: valueField }),
  subject: (input) => input.name,
  handoverProblem: (input, handover) => valueRefusal(input, null, handover),
  questions(state, { name, fromFile: edition }) {
    const before = find(state, 'Secret', name)?.value;
    return before ? valueQuestions({ ...before, edition }) : [];
  },
  decide(state, input, answers, { now }) {
    const before = find(state, 'Secret', input.name)?.value;
    if (!before) return refuse(missingSecret(state, input.name));
    const refusal = ownRefusal(before) ?? rotationRuns(before) ?? valueRefusal(input, before.kind, answers);
    if (refusal) return refuse(refusal);
    return secretDecision(state, before, {
      ...before,
      version: before.version + 1,
      edition: input.fromFile,
      since: now,
    });
  },
});
