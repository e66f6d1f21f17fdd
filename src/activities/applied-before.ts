import type { Source } from '../domain/resources/source.js';
import type { LogReader } from '../ports/event-log.js';

/**
 * Whether a commit was applied before, or was what an applied folder with changes of its own was based on. Such a one is
 * never applied again by itself. What the system took back does not count. Reads the whole log.
 */
export async function appliedBefore(log: LogReader, name: string, sha: string): Promise<boolean> {
  const by = new Set<string>();
  for await (const { message } of log.entries()) {
    if (message.type === 'ended' && message.result === 'undone') by.delete(message.id);
    if (message.type !== 'committed' || message.undoes !== undefined) continue;
    const after = message.changes.find((change) => change.kind === 'Source' && change.name === name)?.after;
    if (after !== undefined && isAt(after as Source | null, sha)) by.add(message.id);
  }
  return by.size > 0;
}

/** Whether what was applied last of a source is this commit, or stands on it. */
export function isAt(source: Pick<Source, 'sha' | 'head'> | null, sha: string): boolean {
  return source !== null && (source.sha === sha || source.head === sha);
}
