import { z } from 'zod';
import { find } from '../../domain/log/state.js';
import { defineOperation } from '../operation.js';
import { missingSecret } from '../rules/route.js';
import { nameField, secretDecision, valueField, valueProblem, valueQuestions } from './decision.js';

/** Gives a secret another value; routes that use it have it at once. The one before stays in Vault, for an undo. */
export const updateSecret = defineOperation({
  key: 'secret.update',
  path: ['update', 'secret'],
  summary: 'Give a secret another value',
  examples: ['update secret --name team --from-file team.txt'],
  input: z.strictObject({ name: nameField, fromFile: valueField }),
  subject: (input) => input.name,
  handoverProblem: (input, handover) => valueProblem(input, handover),
  questions(state, { name, fromFile: edition }) {
    const before = find(state, 'Secret', name)?.value;
    return before ? valueQuestions({ ...before, edition }) : [];
  },
  decide(state, input, answers) {
    const before = find(state, 'Secret', input.name)?.value;
    if (!before) return { kind: 'refuse', refusal: missingSecret(state, input.name) };
    const refusal = valueProblem(input, answers);
    if (refusal) return { kind: 'refuse', refusal };
    return secretDecision(state, before, { ...before, version: before.version + 1, edition: input.fromFile });
  },
});
