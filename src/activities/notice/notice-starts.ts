import type { Observations } from '../../ports/observations.js';

/** A component that runs, and when its process began. */
export interface RunningComponent {
  readonly name: string;
  /** Milliseconds since 1970; may differ by some milliseconds from one look to the next. */
  readonly startedMs: number;
}

/** Starts that are closer together than this are the same one. */
const SAME_WITHIN_MS = 2_000;

/**
 * Creates a function that records each start of a component once, also one that happened while no worker ran. Throws
 * `unavailable`; what was not recorded then is recorded by the next call.
 */
export function createStartNotice(
  observations: Observations,
): (components: readonly RunningComponent[]) => Promise<void> {
  const known = new Map<string, number>();
  return async (components) => {
    for (const { name, startedMs } of components) {
      const isNew = (before: number | undefined) => before === undefined || startedMs - before > SAME_WITHIN_MS;
      if (!isNew(known.get(name))) continue;
      const last = await observations.last('started', name);
      if (isNew(last === null ? undefined : Date.parse(last.at))) {
        await observations.record({
          ...{ at: new Date(startedMs).toISOString(), kind: 'started', subject: name, detail: null },
        });
      }
      known.set(name, startedMs);
    }
  };
}
