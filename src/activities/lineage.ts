import { startOfLog, type Generation } from '../domain/commit.js';
import type { LogReader, LogView } from '../ports/event-log.js';

/** How a served generation relates to the log's head. */
export type Lineage =
  | { readonly kind: 'current'; readonly view: LogView }
  | { readonly kind: 'older'; readonly view: LogView }
  /** It does not come from this log: the log was lost or restored. */
  | { readonly kind: 'foreign'; readonly message: string };

/** Compares by log id, sequence and hash, against a view that is at least as new as the call. */
export async function lineage(log: LogReader, generation: Generation): Promise<Lineage> {
  const view = await log.view();
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
