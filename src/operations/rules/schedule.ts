import { components, isComponent } from '../../domain/resources/components.js';
import type { Schedule } from '../../domain/resources/schedule.js';
import type { ActionName, ScheduleAction } from '../../domain/schedules/actions.js';
import type { Refusal } from '../../domain/refusal.js';
import { invalid } from '../refusals.js';

/** Returns the refusal of an action's options that are each valid, by action; null: they are possible. */
const problems: { readonly [Name in ActionName]: (action: ScheduleAction<Name>) => string | null } = {
  reconcile: ({ component }) =>
    isComponent(component) ? null : `there is no component ${component}; components: ${components.join(', ')}`,
};

/** Returns the refusal of what a schedule runs; null: it is possible. */
export function actionProblem({ action }: Pick<Schedule, 'action'>): Refusal | null {
  const message = problems[action.kind](action);
  return message === null ? null : invalid('schedule-invalid', message, 'See: hecate create schedule --help');
}
