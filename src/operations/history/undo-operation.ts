import { z } from 'zod';
import { goBack, goingBackQuestions } from './going-back.js';
import { commitMissing, commitRef } from '../questions.js';
import { defineOperation, type Decision } from '../operation.js';
import { takenBack } from './taken-back.js';

/**
 * Takes back exactly one operation, field by field: what still holds the value that it gave goes back, what was set later
 * stays and is named. Refused when nothing of it can go back.
 */
export const undoOperation = defineOperation({
  key: 'state.undo',
  path: ['update', 'undo'],
  summary: 'Take back one operation and nothing else',
  examples: ['update undo --operation 42', 'update undo --operation route.update/app.example.com/abcdefgh2345'],
  input: z.strictObject({
    operation: commitRef
      .describe('Operation: its id, its workflow’s id, or the sequence of its commit')
      .meta({ placeholder: 'id' }),
  }),
  subject: ({ operation }) => operation,
  logQuestions: ({ operation }) => [{ kind: 'commit', ref: operation }],
  questions(state, _input, log) {
    const past = log.commit();
    return past === null ? [] : goingBackQuestions(state, takenBack(state, past).changes);
  },
  decide(state, { operation }, answers, context) {
    const past = answers.commit();
    if (past === null) return { kind: 'refuse', refusal: commitMissing(operation) };
    if (past.commit.undoes !== undefined) return notAnOperation(operation);
    if (past.isUndone)
      return unchanged([`operation ${operation} was undone when it failed: nothing of it is in force`]);
    const { changes, stays } = takenBack(state, past);
    if (changes.length > 0) return goBack(state, { changes, warnings: stays }, answers, context);
    return stays.length === 0 ? unchanged([]) : nothingToUndo(operation, stays);
  },
});

function unchanged(warnings: readonly string[]): Decision {
  return { kind: 'change', changes: [], expect: { hosts: [], upstreams: [] }, warnings };
}

function nothingToUndo(operation: string, stays: readonly string[]): Decision {
  return {
    kind: 'refuse',
    refusal: {
      kind: 'conflict',
      code: 'nothing-to-undo',
      message: `nothing of operation ${operation} can be taken back: ${stays.join('; ')}`,
      hint: 'Change what is left by its own command. What happened since: hecate history',
    },
  };
}

function notAnOperation(operation: string): Decision {
  return {
    kind: 'refuse',
    refusal: {
      kind: 'invalid',
      code: 'not-an-operation',
      message: `${operation} is no operation: it took back one that failed`,
      hint: 'Run that one again instead.',
    },
  };
}
