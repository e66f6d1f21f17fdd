import { z } from 'zod';
import { components, type ReconcileComponent } from '../../domain/resources/components.js';
import { actions, type ActionName, type ScheduleAction } from '../../domain/schedules/actions.js';
import { clockText, timezoneText } from '../../domain/values/clock.js';
import { intervalText } from '../../domain/values/interval.js';
import { backupDestinations, keptBackups, scheduledBackupKind } from '../../domain/schedules/backup.js';
import { stagedId } from '../../domain/values/staged.js';
import type { Claim } from '../../domain/secrets/claim.js';
import { backupDestination, backupSource } from '../../domain/values/backup-destination.js';
import { keptVersions, strategyOption } from '../../domain/schedules/rotate.js';
import { graceText } from '../../domain/secrets/rotation.js';
import type { Schedule } from '../../domain/resources/schedule.js';
import { pruneShare, reconcileAction, scheduledRepository } from '../../domain/schedules/reconcile.js';

const { prune, yes, adopt } = reconcileAction.options;
const { continuous } = actions.backup.options;

/** A component as commands take it: `auth`, a name of Hecate's predecessor, means `auth-policies`. */
const componentFlag = z
  .enum(['auth', ...components])
  .optional()
  .describe(`Part to compare and repair: ${components.join(', ')} (default: all); only all applies new commits`)
  .meta({ placeholder: 'component' });

const atHelp = 'Local time of day at which it runs, with an interval of days';
const zoneHelp = 'Time zone of --at, such as Europe/Berlin (default: UTC)';
const jitterHelp = 'Longest random delay of a run, such as 10m';

/** Flags of a new schedule of any action: the times of its runs. */
export const timingFlags = {
  at: clockText
    .optional()
    .describe(atHelp)
    .meta({ placeholder: 'time', suggests: ['03:00'] }),
  timezone: timezoneText.optional().describe(zoneHelp).meta({ placeholder: 'zone' }),
  jitter: intervalText.optional().describe(jitterHelp).meta({ placeholder: 'duration' }),
};

/** Returns the times of a new schedule. */
export function newTiming(given: {
  readonly at?: string | undefined;
  readonly timezone?: string | undefined;
  readonly jitter?: string | undefined;
}): Pick<Schedule, 'at' | 'timezone' | 'jitter'> {
  return { at: given.at ?? null, timezone: given.timezone ?? null, jitter: given.jitter ?? null };
}

/** Flags that change the times of a schedule. Those that are not given keep their values. */
export const changedTiming = {
  at: z
    .union([z.literal('none'), clockText])
    .optional()
    .describe(`${atHelp}; none: at multiples of the interval`)
    .meta({ placeholder: 'time' }),
  timezone: z
    .union([z.literal('none'), timezoneText])
    .optional()
    .describe(`${zoneHelp}; none: UTC`)
    .meta({ placeholder: 'zone' }),
  jitter: z
    .union([z.literal('none'), intervalText])
    .optional()
    .describe(`${jitterHelp}; none: no delay`)
    .meta({ placeholder: 'duration' }),
};

/** Changed times of a command. */
export type ChangedTiming = { readonly [K in keyof typeof changedTiming]?: string | undefined };

/** Returns the times of a schedule with the given ones changed. Without a time of day its zone goes too. */
export function withTiming(
  before: Pick<Schedule, 'at' | 'timezone' | 'jitter'>,
  { at, timezone, jitter }: ChangedTiming,
): Pick<Schedule, 'at' | 'timezone' | 'jitter'> {
  const changedAt = replaced(at, before.at);
  const zone = changedAt === null && timezone === undefined ? null : replaced(timezone, before.timezone);
  return { at: changedAt, timezone: zone, jitter: replaced(jitter, before.jitter) };
}

function replaced(given: string | undefined, before: string | null): string | null {
  if (given === undefined) return before;
  return given === 'none' ? null : given;
}

/** Ids of staged accesses to destinations in S3, by destination; only the command line sets them. */
export const accessOption = z.record(backupDestination, stagedId).optional().meta({ internal: true });

/** Returns the claims of the accesses that were handed over for these destinations. */
export function accessClaims(access: Readonly<Record<string, string>> = {}): readonly Claim[] {
  return Object.entries(access).map(([place, staged]) => ({ staged, kind: 's3-access', vaultPath: place }));
}

/** Flags of a new schedule of reconciles. */
export const reconcileFlags = { ...reconcileAction.options, component: componentFlag };

const onOff = <T extends z.ZodType>(option: T) =>
  z
    .enum(['on', 'off'])
    .optional()
    .describe(option.description ?? '')
    .meta({ placeholder: 'on|off', bare: 'on' });

/** Returns the flag of an option that may be absent. */
function limit<T extends z.ZodType>(option: T, help: string, placeholder: string) {
  return z
    .union([z.literal('none'), option])
    .optional()
    .describe(`${help}; none: without it`)
    .meta({ placeholder });
}

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
  strategy: strategyOption
    .optional()
    .describe('dual-secret: both values are valid for a time; immediate: without that')
    .meta({ placeholder: 'strategy' }),
  grace: graceText
    .optional()
    .describe('Time for which the old value of a rotated secret stays valid: a duration, 0s, or until-next')
    .meta({ placeholder: 'duration', suggests: ['0s', '1h', '24h', 'until-next'] }),
  keepVersions: keptVersions
    .optional()
    .describe('Older values of a rotated secret that Vault keeps beside the one in force')
    .meta({ placeholder: 'n' }),
  destination: backupDestinations
    .optional()
    .describe('Where its backups go; replaces all destinations')
    .meta({ placeholder: 'place', items: true }),
  backupKind: scheduledBackupKind
    .optional()
    .describe('Kind of its backups: full or incremental')
    .meta({ flag: 'kind', placeholder: 'kind' }),
  continuous: onOff(continuous),
  lock: limit(intervalText, 'Time for which nobody can delete its backups (S3 Object Lock)', 'duration'),
  keepLast: limit(keptBackups, 'After each run, keep the newest backups', 'n'),
  keepDaily: limit(keptBackups, 'After each run, keep the newest backup of each of the last days', 'n'),
  keepMonthly: limit(keptBackups, 'After each run, keep the newest backup of each of the last months', 'n'),
  keepWithin: limit(intervalText, 'After each run, keep the backups that are younger than this', 'duration'),
  from: backupSource.optional().describe('Destination or backup that a drill restores').meta({ placeholder: 'place' }),
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
  rotate: (before, { strategy, grace, keepVersions }) => ({
    ...before,
    strategy: strategy ?? before.strategy,
    grace: grace ?? before.grace,
    keepVersions: keepVersions ?? before.keepVersions,
  }),
  backup: (before, input) => ({
    ...before,
    destination: input.destination ?? before.destination,
    backupKind: input.backupKind ?? before.backupKind,
    continuous: switched(input.continuous, before.continuous),
    lock: limited(input.lock, before.lock),
    keepLast: limited(input.keepLast, before.keepLast),
    keepDaily: limited(input.keepDaily, before.keepDaily),
    keepMonthly: limited(input.keepMonthly, before.keepMonthly),
    keepWithin: limited(input.keepWithin, before.keepWithin),
  }),
  drill: (before, { from }) => ({ ...before, from: from ?? before.from }),
};

/** Returns what a schedule runs, with the given options changed. */
export function withOptions(action: ScheduleAction, input: ChangedOptions): ScheduleAction {
  return (changed[action.kind] as (before: ScheduleAction, input: ChangedOptions) => ScheduleAction)(action, input);
}

/** Returns a given option that an action does not have; null: it has all of them. */
export function foreignOption({ kind }: ScheduleAction, input: ChangedOptions): keyof ChangedOptions | null {
  const names = Object.keys(changedOptions) as (keyof ChangedOptions)[];
  return names.find((name) => input[name] !== undefined && !(name in actions[kind].options)) ?? null;
}

function limited<T extends string | number>(given: 'none' | T | undefined, before: T | null): T | null {
  if (given === undefined) return before;
  return given === 'none' ? null : given;
}

function switched(given: 'on' | 'off' | undefined, before: boolean): boolean {
  return given === undefined ? before : given === 'on';
}

function spelled(component: ReconcileComponent | 'auth'): ReconcileComponent {
  return component === 'auth' ? 'auth-policies' : component;
}
