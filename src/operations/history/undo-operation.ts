import { z } from 'zod';
import { goBack, goingBackQuestions } from './going-back.js';
import { commitRef } from '../questions.js';
import { force } from '../rules/force.js';
import { defineOperation, type Decision } from '../operation.js';
import { takenBack } from './taken-back.js';
import { conflict, invalid, refuse } from '../refusals.js';
import { commitMissing } from './past-refusals.js';

/**
 * Undoes exactly one operation, field by field. A field that still has the operation's value gets its old value back; a
 * field that was set later keeps its value and is listed. Refused when nothing can be undone.
 */
export const undoOperation = defineOperation({
  key: 'state.undo',
  path: ['update', 'undo'],
  summary: 'Undo one operation and keep all others',
  examples: ['update undo --operation 42', 'update undo --operation route.update/app.example.com/abcdefgh2345'],
  input: z.strictObject({
    operation: commitRef
      .describe('Operation to undo: its id, its workflow’s id, or the sequence number of its commit')
      .meta({ placeholder: 'id', names: 'Commit' }),
    force,
  }),
  subject: ({ operation }) => operation,
  logQuestions: ({ operation }) => [{ kind: 'commit', ref: operation }],
  questions(state, _input, log) {
    const past = log.commit();
    return past === null ? [] : goingBackQuestions(takenBack(state, past).changes);
  },
  decide(state, { operation }, answers, context) {
    const past = answers.commit();
    if (past === null) return refuse(commitMissing(operation));
    if (past.commit.undoes !== undefined) return notAnOperation(operation);
    if (past.isUndone)
      return unchanged([`operation ${operation} failed and was undone automatically; there is nothing left to undo`]);
    const { changes, stays } = takenBack(state, past);
    if (changes.length > 0) return goBack(state, { changes, warnings: stays }, answers, context);
    return stays.length === 0 ? unchanged([]) : nothingToUndo(operation, stays);
  },
});

function unchanged(warnings: readonly string[]): Decision {
  return { kind: 'change', changes: [], expect: { hosts: [] }, warnings };
}

function nothingToUndo(operation: string, stays: readonly string[]): Decision {
  const message = `nothing of operation ${operation} can be undone: ${stays.join('; ')}`;
  const hint = 'Change the resources with their own commands. See what happened since with: hecate history';
  return refuse(conflict('nothing-to-undo', message, hint));
}

function notAnOperation(operation: string): Decision {
  const message = `${operation} is the automatic undo of a failed operation and cannot be undone itself`;
  return refuse(invalid('not-an-operation', message, 'Run the failed operation again instead.'));
}
