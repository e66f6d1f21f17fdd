import { z } from 'zod';
import { isBaseKind } from '../../domain/log/base-kinds.js';
import type { Change } from '../../domain/log/commit.js';
import { instant } from '../../domain/values/moment.js';
import type { Refusal } from '../../domain/refusal.js';
import type { State } from '../../domain/log/state.js';
import { stateDifference } from '../../domain/log/hypothetical.js';
import { goBack, goingBackQuestions } from './going-back.js';
import { staysPaused, withoutResuming } from './paused-schedules.js';
import { commitRef, type LogAnswers } from '../questions.js';
import { force } from '../rules/force.js';
import { defineOperation } from '../operation.js';
import { invalid, refuse } from '../refusals.js';
import { commitMissing, outsideLog } from './past-refusals.js';

/**
 * Gives routes, policies and upstreams the values that they had at a time or after a commit. It is one commit, which can
 * itself be undone. A paused schedule stays paused. A bypass, canary or failover in force continues while its route allows it; an ended one never returns.
 */
export const rollbackState = defineOperation({
  key: 'state.rollback',
  path: ['update', 'rollback'],
  summary: 'Roll back all resources to a point in time',
  examples: [
    'update rollback --to-timestamp "2024-01-15T10:00:00Z"',
    'update rollback --to-timestamp "2h ago" --reason "the night’s changes were wrong"',
    'update rollback --to-commit 42',
  ],
  input: z
    .strictObject({
      toTimestamp: instant
        .optional()
        .describe('Time to return to: 2024-01-15T10:00:00Z (without a zone: local time), a date, or “2h ago”')
        .meta({ placeholder: 'time', moment: true }),
      toCommit: commitRef
        .optional()
        .describe('Commit to return to: its sequence number or id; its changes are kept')
        .meta({ placeholder: 'commit', names: 'Commit' }),
      force,
    })
    .refine(({ toTimestamp, toCommit }) => (toTimestamp === undefined) !== (toCommit === undefined), {
      message: 'give either --to-timestamp or --to-commit',
    }),
  subject: ({ toTimestamp, toCommit }) => toTimestamp ?? toCommit ?? '',
  logQuestions({ toTimestamp, toCommit: ref = '' }) {
    if (toTimestamp !== undefined) return [{ kind: 'state-at', moment: { at: toTimestamp } }];
    return [
      { kind: 'commit', ref },
      { kind: 'state-after', ref },
    ];
  },
  questions: (state, _input, past) => goingBackQuestions(changesTo(state, past)),
  decide(state, input, answers, context) {
    if (input.toTimestamp !== undefined && input.toTimestamp > context.now) return refuse(inFuture(input.toTimestamp));
    const past = answers.stateAt();
    if (past === null) return refuse(commitMissing(input.toCommit ?? ''));
    if (past.kind !== 'known') return refuse(outsideLog(past));
    const isUndone = answers.commit()?.isUndone === true;
    const warnings = isUndone
      ? [`commit ${input.toCommit} was undone automatically, so its changes are not restored`]
      : [];
    const changes = changesTo(state, answers);
    return goBack(state, { changes, warnings: [...warnings, ...staysPaused(state, past.state)] }, answers, context);
  },
});

function changesTo(state: State, log: LogAnswers): Change[] {
  const past = log.stateAt();
  return past?.kind === 'known' ? stateDifference(state, past.state, isBaseKind).flatMap(withoutResuming) : [];
}

function inFuture(at: string): Refusal {
  return invalid('time-in-future', `${at} is in the future`, 'Give a time in the past.');
}
