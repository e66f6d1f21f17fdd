import { longGrace as longGraceText } from '../schedules/rotate.js';
import { findingIf, type LintRule } from './rule.js';

/** Nobody reads the plan of a scheduled run, so nobody stops one that deletes everything. */
const unlimitedPruning: LintRule<'Schedule'> = {
  code: 'HEC211',
  severity: 'warning',
  title: 'a schedule that may delete all routes',
  kind: 'Schedule',
  check: ({ name, action }) =>
    action.kind !== 'reconcile'
      ? []
      : findingIf(
          action.prune && (action.yes || action.pruneLimit === 100),
          ['spec', action.yes ? 'yes' : 'pruneLimit'],
          `a run of schedule ${name} may delete all routes, for example when its repository is empty by mistake`,
        ),
};

/** Only a reconcile of all components applies commits, and only applying prunes. */
const idlePruning: LintRule<'Schedule'> = {
  code: 'HEC212',
  severity: 'warning',
  title: 'a schedule whose pruning has no effect',
  kind: 'Schedule',
  check: ({ name, action }) =>
    action.kind !== 'reconcile'
      ? []
      : findingIf(
          action.prune && action.component !== 'all',
          ['spec', 'prune'],
          `schedule ${name} applies no commits, since its component is ${action.component}, so it prunes nothing`,
        ),
};

/** The old value would still be valid when the next rotation begins, which then waits for it or is skipped. */
const longGrace: LintRule<'Schedule'> = {
  code: 'HEC213',
  severity: 'warning',
  title: 'a grace period that is longer than the interval of the rotations',
  kind: 'Schedule',
  check(schedule) {
    const message = schedule.action.kind === 'rotate' ? longGraceText(schedule, schedule.action) : null;
    return findingIf(message !== null, ['spec', 'grace'], message ?? '');
  },
};

/** Rules for schedules. */
export const scheduleRules: readonly LintRule<'Schedule'>[] = [unlimitedPruning, idlePruning, longGrace];
