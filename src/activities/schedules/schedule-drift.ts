// Schedules: Temporal's follow from the log. May import domain, ports and workflows' contracts.
import { fieldDifferences } from '../../domain/data/fields.js';
import { pointer, type Json } from '../../domain/data/json.js';
import { kindOf, type Drift } from '../../domain/drift/drift.js';
import { resourceWords } from '../../domain/resources/kinds.js';
import type { Schedule } from '../../domain/resources/schedule.js';
import type { Scheduler } from '../../ports/schedules.js';

/**
 * Returns the differences of one schedule between the log and the scheduler; none: they are equal. Null on either side: the
 * schedule does not exist there.
 */
export function scheduleDifferences(
  name: string,
  { wanted, found }: { readonly wanted: Json | null; readonly found: Json | null },
): Drift[] {
  if (wanted === null && found === null) return [];
  const object = resourceWords('Schedule', name);
  const [before, after] = [wanted ?? undefined, found ?? undefined];
  return fieldDifferences(before, after).map((one) => {
    const path = pointer(name, ...(one.path === '' ? [] : one.path.split('.')));
    const values = { path, wanted: one.before, found: one.after };
    return { object, kind: kindOf(values), ...values };
  });
}

/** Returns one schedule of the log (null: deleted) and of the scheduler as differences. Asks only about this one. */
export async function driftOfSchedule(
  scheduler: Scheduler,
  { name, schedule }: { readonly name: string; readonly schedule: Schedule | null },
): Promise<Drift[]> {
  const found = await scheduler.found(name);
  return scheduleDifferences(name, { wanted: schedule && scheduler.wanted(schedule), found });
}
