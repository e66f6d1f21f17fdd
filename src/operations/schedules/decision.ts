import { isSame } from '../../domain/data/fields.js';
import { shapeProblem } from '../../domain/log/base-kinds.js';
import { changeOf } from '../../domain/log/commit.js';
import type { State } from '../../domain/log/state.js';
import { SHIPPED_WITHIN_MS } from '../../domain/schedules/backup.js';
import { longGrace } from '../../domain/schedules/rotate.js';
import type { Schedule } from '../../domain/resources/schedule.js';
import type { Claim } from '../../domain/secrets/claim.js';
import type { Decision } from '../operation.js';
import { invalid, refuse } from '../refusals.js';
import { scheduleProblem } from '../rules/schedule.js';

/** Returns the decision to replace one schedule; without changes when both are equal. */
export function scheduleDecision(
  state: State,
  before: Schedule | null,
  after: Schedule | null,
  claims: readonly Claim[] = [],
): Decision {
  const shape = after && shapeProblem('Schedule', after);
  if (shape) return refuse(invalid('schedule-invalid', shape, 'See: hecate update schedule --help'));
  const refusal = after && scheduleProblem(state, after);
  if (refusal) return refuse(refusal);
  const name = (after ?? before)?.name ?? '';
  const changes = isSame(before, after) ? [] : [changeOf('Schedule', name, before, after)];
  const warnings = changes.length === 0 ? [] : warningsOf(after);
  return { kind: 'change', changes, expect: { hosts: [] }, warnings, ...(claims.length === 0 ? {} : { claims }) };
}

function warningsOf(after: Schedule | null): string[] {
  if (after?.action.kind === 'backup' && after.action.continuous) {
    return [
      `commits are shipped within seconds: up to ${SHIPPED_WITHIN_MS / 1_000} s of them may be lost in a disaster`,
    ];
  }
  const warning = after?.action.kind === 'rotate' ? longGrace(after, after.action) : null;
  return warning === null ? [] : [warning];
}
