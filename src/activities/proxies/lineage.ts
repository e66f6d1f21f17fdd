import { startOfLog, type Generation } from '../../domain/log/commit.js';
import type { Proxy } from '../../ports/proxy.js';
import type { LogReader, LogView } from '../../ports/event-log.js';

/** Relation of a served generation to the log's head. */
export type Lineage =
  | { readonly kind: 'current'; readonly view: LogView }
  | { readonly kind: 'older'; readonly view: LogView }
  /** Written from another log, or from commits that this one lost: it was lost or restored. */
  | { readonly kind: 'foreign'; readonly message: string; readonly isOtherLog: boolean };

/** Returns what a person can do about a foreign generation, as a sentence. A proxy of another log may belong to another environment. */
export function foreignAdvice(
  { removal }: Pick<Proxy, 'removal'>,
  { isOtherLog }: { readonly isOtherLog: boolean },
): string {
  const restore = 'Restore the log that belongs to this proxy';
  if (isOtherLog) return `${restore}, or give this environment a proxy of its own`;
  return `${restore}. To continue with the present log: ${removal} && hecate update state reconcile`;
}

/**
 * Compares a generation with the log by log id, sequence and hash. `view` may be older than the generation, so it reads a
 * fresh view before it calls a generation foreign.
 */
export async function lineage(log: LogReader, generation: Generation, view?: LogView): Promise<Lineage> {
  const relation = await relate(log, generation, view ?? (await log.view()));
  return relation.kind === 'foreign' && view !== undefined ? relate(log, generation, await log.view()) : relation;
}

async function relate(log: LogReader, generation: Generation, view: LogView): Promise<Lineage> {
  const head = view.state.head ?? startOfLog;
  const lost = (what: string): Lineage => ({
    kind: 'foreign',
    message: `${what}. The log was lost or restored; nothing was written`,
    isOtherLog: generation.logId !== view.logId,
  });
  if (generation.logId !== view.logId)
    return lost(`it serves a configuration of log ${generation.logId}, but the log is ${view.logId}`);
  if (generation.sequence > head.sequence) {
    return lost(`it serves commit ${generation.sequence}, but the log ends at commit ${head.sequence}`);
  }
  if (generation.sequence === head.sequence) {
    return generation.hash === head.hash
      ? { kind: 'current', view }
      : lost(`its commit ${head.sequence} has another hash than the log's`);
  }
  if (generation.sequence === 0) return { kind: 'older', view };
  for await (const { position } of log.entries(generation.sequence)) {
    if (position.sequence === generation.sequence && position.hash === generation.hash) return { kind: 'older', view };
    break;
  }
  return lost(`the log has no commit ${generation.sequence} with the hash that it serves`);
}
