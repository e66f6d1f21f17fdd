// Actions of schedules, one file each; this is the table of them. May import values and data.
import { z } from 'zod';
import { actionSchemaOf } from './action.js';
import { backupAction } from './backup.js';
import { drillAction } from './drill.js';
import { reconcileAction } from './reconcile.js';
import { rotateAction } from './rotate.js';

/** Every action. A new one is a file and a line here and in the schema below; the rest does not compile without it. */
export const actions = {
  reconcile: reconcileAction,
  rotate: rotateAction,
  backup: backupAction,
  drill: drillAction,
} as const;

/** Name of an action. */
export type ActionName = keyof typeof actions;

/** What a schedule runs, with the action's options. */
export const actionSchema = z.discriminatedUnion('kind', [
  actionSchemaOf(actions.reconcile),
  actionSchemaOf(actions.rotate),
  actionSchemaOf(actions.backup),
  actionSchemaOf(actions.drill),
]);

/** A value of {@link actionSchema}, by the name of the action. */
export type ScheduleAction<Name extends ActionName = ActionName> = Extract<
  z.infer<typeof actionSchema>,
  { readonly kind: Name }
>;

/** Names of all actions, in the order of the table. */
export const actionNames = Object.keys(actions) as [ActionName, ...ActionName[]];
