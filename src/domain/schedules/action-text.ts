import type { ActionName, ScheduleAction } from './actions.js';

const texts: { readonly [Name in ActionName]: (action: ScheduleAction<Name>) => string } = {
  reconcile: ({ component, fromGit }) =>
    `Reconciles ${component === 'all' ? 'everything' : component}${fromGit === null ? '' : ` from ${fromGit}`}`,
  rotate: ({ secret, strategy, grace }) =>
    `Rotates ${secret === null ? 'all secrets' : `secret ${secret}`} (${strategy}${strategy === 'immediate' ? '' : `, grace ${grace}`})`,
};

/** Returns an action as the beginning of a sentence: `Rotates secret team (dual-secret, grace 1h)`. */
export function actionText(action: ScheduleAction): string {
  return (texts[action.kind] as (action: ScheduleAction) => string)(action);
}
