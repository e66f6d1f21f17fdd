import type { ActionName, ScheduleAction } from './actions.js';
import { keepText } from './backup.js';

const texts: { readonly [Name in ActionName]: (action: ScheduleAction<Name>) => string } = {
  reconcile: ({ component, fromGit }) =>
    `Reconciles ${component === 'all' ? 'everything' : component}${fromGit === null ? '' : ` from ${fromGit}`}`,
  rotate: ({ secret, strategy, grace }) =>
    `Rotates ${secret === null ? 'all secrets' : `secret ${secret}`} (${strategy}${strategy === 'immediate' ? '' : `, grace ${grace}`})`,
  backup({ destination, backupKind, continuous, ...rules }) {
    const what = continuous ? 'Ships each commit' : `Makes a backup (${backupKind})`;
    const kept = keepText(rules);
    return `${what} to ${destination.join(' and ')}${kept === '' ? '' : `, prunes (${kept})`}`;
  },
  drill: ({ from }) => `Restores the latest backup of ${from ?? 'no place'} into a throwaway stack`,
};

/** Returns an action as the beginning of a sentence: `Rotates secret team (dual-secret, grace 1h)`. */
export function actionText(action: ScheduleAction): string {
  return (texts[action.kind] as (action: ScheduleAction) => string)(action);
}
