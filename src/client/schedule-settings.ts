import type { ReconcileRequest } from '../workflows/contracts/reconcile.js';

/** What the reconciles of a schedule may do beside looking and repairing. */
export interface ScheduleSettings extends Pick<ReconcileRequest, 'component' | 'prune' | 'adopt'> {
  /** In percent; null: the usual one. */
  readonly pruneLimit: number | null;
  readonly yes: boolean;
}

/** What a schedule asks for. */
export function settingsOf({ component, prune, pruneLimit, yes, adopt }: ReconcileRequest): ScheduleSettings {
  return { component, prune, pruneLimit: pruneLimit ?? null, yes: yes ?? false, adopt };
}

/** The flags that say so; what is usual needs none. */
export function settingsText({ component, prune, pruneLimit, yes, adopt }: ScheduleSettings): string {
  const flags = [
    ...(component === 'all' ? [] : [`--component ${component}`]),
    ...(prune ? ['--prune'] : []),
    ...(pruneLimit === null ? [] : [`--prune-limit ${pruneLimit}`]),
    ...(yes ? ['--yes'] : []),
    ...(adopt ? ['--adopt'] : []),
  ];
  return flags.length === 0 ? '–' : flags.join(' ');
}

/** How often a schedule runs, as it was given; schedules of an older Hecate have kept milliseconds. */
export function everyText(every: string | number): string {
  return typeof every === 'string' ? every : `${every / 1000}s`;
}
