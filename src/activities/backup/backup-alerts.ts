import { lagAlert, noRuns, runAlert, withEntry, type RunFacts } from '../../domain/backup/alerts.js';
import { all, type State, type StoredResource } from '../../domain/log/state.js';
import type { LogEntry } from '../../domain/log/commit.js';
import type { LogReader } from '../../ports/event-log.js';
import type { ShippingSight } from './shipping-sight.js';

/** Dependencies for warnings about backups. */
export interface Alerting {
  readonly log: Pick<LogReader, 'view' | 'entriesBackwards'>;
  readonly now: () => string;
  /** State of continuous backups in this process; absent: it ships none. */
  readonly shipping?: ShippingSight;
}

/**
 * Returns a function that returns the warnings about backups: scheduled ones and drills that failed or are overdue, and continuous
 * ones that fail or lag. The first call reads the history back to the last runs, later ones only what is new.
 */
export function createBackupAlerts({ log, now, shipping }: Alerting): () => Promise<readonly string[]> {
  let known: ReadonlyMap<string, RunFacts> = new Map();
  let readTo = 0;
  return async () => {
    const { state } = await log.view();
    const schedules = schedulesIn(state);
    if (schedules.some(({ name }) => !known.has(name))) {
      known = new Map();
      readTo = 0;
    }
    if (schedules.length > 0) {
      const entries = await newEntries(log, schedules, readTo);
      readTo = entries.at(-1)?.sequence ?? readTo;
      const before = known;
      const factsOf = (one: StoredResource<'Schedule'>) =>
        entries.reduce((facts, entry) => withEntry(facts, entry, one), before.get(one.name) ?? noRuns);
      known = new Map(schedules.map((one) => [one.name, factsOf(one)]));
    }
    const at = now();
    const runs = schedules.map((one) => runAlert(one, known.get(one.name) ?? noRuns, at));
    const lags = (shipping?.states() ?? []).map((one) => lagAlert(one, at));
    return [...runs, ...lags].filter((one) => one !== null);
  };
}

function schedulesIn(state: State): readonly StoredResource<'Schedule'>[] {
  return all(state, 'Schedule').filter(({ value: { action } }) => action.kind === 'backup' || action.kind === 'drill');
}

/** Reads the entries after a sequence, oldest first, back to the newest completed run of each schedule or its creation. */
async function newEntries(
  log: Alerting['log'],
  schedules: readonly StoredResource<'Schedule'>[],
  after: number,
): Promise<readonly (Pick<LogEntry, 'message'> & { readonly sequence: number })[]> {
  const found: (Pick<LogEntry, 'message'> & { readonly sequence: number })[] = [];
  const missing = new Map(schedules.map((one) => [one.name, one]));
  for await (const { position, message } of log.entriesBackwards()) {
    if (position.sequence <= after) break;
    // The changes of commits may be large.
    const light = message.type === 'committed' ? { ...message, changes: [] } : message;
    found.push({ sequence: position.sequence, message: light });
    for (const [name, one] of missing) {
      const isMade = withEntry(noRuns, { message }, one).completedAt !== null;
      if (isMade || message.at < one.createdAt) missing.delete(name);
    }
    if (missing.size === 0) break;
  }
  return found.reverse();
}
