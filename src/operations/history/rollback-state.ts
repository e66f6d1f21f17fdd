import { z } from 'zod';
import { isBaseKind } from '../../domain/log/base-kinds.js';
import type { Change } from '../../domain/log/commit.js';
import { instant } from '../../domain/values/moment.js';
import type { Refusal } from '../../domain/refusal.js';
import type { State } from '../../domain/log/state.js';
import { stateDifference } from '../../domain/log/hypothetical.js';
import { goBack, goingBackQuestions } from './going-back.js';
import { commitMissing, commitRef, outsideLog, type LogAnswers } from '../questions.js';
import { defineOperation } from '../operation.js';
import { invalid, refuse } from '../refusals.js';

/**
 * Makes routes, policies and upstreams what they were at a time or after a commit, in one commit that can itself be
 * undone. What ends by itself stays as it is: a bypass, a canary or a failover in force goes on, an ended one never returns.
 */
export const rollbackState = defineOperation({
  key: 'state.rollback',
  path: ['update', 'rollback'],
  summary: 'Make everything what it was at a time',
  examples: [
    'update rollback --to-timestamp "2024-01-15T10:00:00Z"',
    'update rollback --to-timestamp "2h ago" --reason "the night’s changes were wrong"',
    'update rollback --to-commit 42',
  ],
  input: z
    .strictObject({
      toTimestamp: instant
        .optional()
        .describe('Time: 2024-01-15T10:00:00Z, without a zone in local time; a date; or like “2h ago”')
        .meta({ placeholder: 'time', moment: true }),
      toCommit: commitRef
        .optional()
        .describe('Commit after which it was so: its sequence or id')
        .meta({ placeholder: 'commit', names: 'Commit' }),
    })
    .refine(({ toTimestamp, toCommit }) => (toTimestamp === undefined) !== (toCommit === undefined), {
      message: 'give --to-timestamp or --to-commit, and only one of them',
    }),
  subject: ({ toTimestamp, toCommit }) => toTimestamp ?? toCommit ?? '',
  logQuestions({ toTimestamp, toCommit: ref = '' }) {
    if (toTimestamp !== undefined) return [{ kind: 'state-at', moment: { at: toTimestamp } }];
    return [
      { kind: 'commit', ref },
      { kind: 'state-after', ref },
    ];
  },
  questions: (state, _input, past) => goingBackQuestions(state, changesTo(state, past)),
  decide(state, input, answers, context) {
    if (input.toTimestamp !== undefined && input.toTimestamp > context.now) return refuse(inFuture(input.toTimestamp));
    const past = answers.stateAt();
    if (past === null) return refuse(commitMissing(input.toCommit ?? ''));
    if (past.kind !== 'known') return refuse(outsideLog(past));
    const isUndone = answers.commit()?.isUndone === true;
    const warnings = isUndone ? [`commit ${input.toCommit} was undone: this is what was in force without it`] : [];
    return goBack(state, { changes: changesTo(state, answers), warnings }, answers, context);
  },
});

function changesTo(state: State, log: LogAnswers): Change[] {
  const past = log.stateAt();
  return past?.kind === 'known' ? stateDifference(state, past.state, isBaseKind) : [];
}

function inFuture(at: string): Refusal {
  return invalid('time-in-future', `${at} is in the future`, 'Give a time in the past.');
}
