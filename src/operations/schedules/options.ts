import { z } from 'zod';
import { components, type ReconcileComponent } from '../../domain/resources/components.js';
import type { ActionName, ScheduleAction } from '../../domain/schedules/actions.js';
import { pruneShare, reconcileAction, scheduledRepository } from '../../domain/schedules/reconcile.js';

const { prune, yes, adopt } = reconcileAction.options;

/** A component as commands take it: `auth`, a name of Hecate's predecessor, means `auth-policies`. */
const componentFlag = z
  .enum(['auth', ...components])
  .optional()
  .describe(`Part to compare and repair: ${components.join(', ')} (default: all); only all applies new commits`)
  .meta({ placeholder: 'component' });

/** Flags of a new schedule of reconciles. */
export const reconcileFlags = { ...reconcileAction.options, component: componentFlag };

const onOff = <T extends z.ZodType>(option: T) =>
  z
    .enum(['on', 'off'])
    .optional()
    .describe(option.description ?? '')
    .meta({ placeholder: 'on|off', bare: 'on' });

/** Flags that change the options of any action. Those that are not given keep their values. */
export const changedOptions = {
  component: componentFlag,
  fromGit: z
    .union([z.literal('none'), scheduledRepository])
    .optional()
    .describe('Repository with #ref; none: every repository applied before')
    .meta({ placeholder: 'url', names: 'Source' }),
  prune: onOff(prune),
  pruneLimit: z
    .union([z.literal('none'), pruneShare])
    .optional()
    .describe('Largest share of all routes that may be deleted without --yes, in percent; none: the default')
    .meta({ placeholder: 'percent' }),
  yes: onOff(yes),
  adopt: onOff(adopt),
};

/** Changed options of a command. */
export type ChangedOptions = { readonly [K in keyof typeof changedOptions]?: z.infer<(typeof changedOptions)[K]> };

/** Returns what a new schedule of reconciles runs. */
export function newReconcile({
  component = 'all',
  ...rest
}: Omit<ScheduleAction<'reconcile'>, 'kind' | 'component'> & {
  readonly component?: ReconcileComponent | 'auth' | undefined;
}): ScheduleAction<'reconcile'> {
  return { kind: 'reconcile', component: spelled(component), ...rest };
}

/** Returns an action with the given options changed, by action. An action without one of the options has no line for it. */
const changed: {
  readonly [Name in ActionName]: (before: ScheduleAction<Name>, input: ChangedOptions) => ScheduleAction<Name>;
} = {
  reconcile: (before, input) => ({
    ...before,
    component: input.component === undefined ? before.component : spelled(input.component),
    fromGit: input.fromGit === 'none' ? null : (input.fromGit ?? before.fromGit),
    prune: switched(input.prune, before.prune),
    pruneLimit: input.pruneLimit === 'none' ? null : (input.pruneLimit ?? before.pruneLimit),
    yes: switched(input.yes, before.yes),
    adopt: switched(input.adopt, before.adopt),
  }),
};

/** Returns what a schedule runs, with the given options changed. */
export function withOptions(action: ScheduleAction, input: ChangedOptions): ScheduleAction {
  return changed[action.kind](action, input);
}

function switched(given: 'on' | 'off' | undefined, before: boolean): boolean {
  return given === undefined ? before : given === 'on';
}

function spelled(component: ReconcileComponent | 'auth'): ReconcileComponent {
  return component === 'auth' ? 'auth-policies' : component;
}
