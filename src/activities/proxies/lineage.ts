import { startOfLog, type Generation } from '../../domain/log/commit.js';
import type { LogReader, LogView } from '../../ports/event-log.js';

/** How a served generation relates to the log's head. */
export type Lineage =
  | { readonly kind: 'current'; readonly view: LogView }
  | { readonly kind: 'older'; readonly view: LogView }
  /** It does not come from this log: the log was lost or restored. */
  | { readonly kind: 'foreign'; readonly message: string };

/**
 * Compares by log id, sequence and hash. `view` may be a moment older than the generation, so only a fresh view makes a
 * generation foreign.
 */
export async function lineage(log: LogReader, generation: Generation, view?: LogView): Promise<Lineage> {
  const relation = await relate(log, generation, view ?? (await log.view()));
  return relation.kind === 'foreign' && view !== undefined ? relate(log, generation, await log.view()) : relation;
}

async function relate(log: LogReader, generation: Generation, view: LogView): Promise<Lineage> {
  const head = view.state.head ?? startOfLog;
  const lost = (what: string): Lineage => ({
    kind: 'foreign',
    message: `${what}; the log was lost or restored. Nothing was written. Restore the log that belongs to this proxy`,
  });
  if (generation.logId !== view.logId) return lost(`it serves log ${generation.logId}, the log here is ${view.logId}`);
  if (generation.sequence > head.sequence) {
    return lost(`it serves sequence ${generation.sequence}, the log ends at ${head.sequence}`);
  }
  if (generation.sequence === head.sequence) {
    return generation.hash === head.hash
      ? { kind: 'current', view }
      : lost(`sequence ${head.sequence} has another hash`);
  }
  if (generation.sequence === 0) return { kind: 'older', view };
  for await (const { position } of log.entries(generation.sequence)) {
    if (position.sequence === generation.sequence && position.hash === generation.hash) return { kind: 'older', view };
    break;
  }
  return lost(`the log has no commit ${generation.sequence} with the hash that it serves`);
}
