import { actorText } from '../../../domain/log/commit.js';
import { APPLY_OPERATION, appliedSource } from '../../../domain/manifests/past-applies.js';
import type { LogReader } from '../../../ports/event-log.js';

/** The time and the actor of an apply. */
export interface Applied {
  readonly at: string;
  readonly actor: string;
}

/** A question for {@link lastApplied}. */
export interface AppliedQuestion {
  readonly sources: readonly string[];
  /** Sequence of the last commit that counts. */
  readonly upTo: number;
}

/**
 * Returns the last apply of each source that changed something. An apply that was undone, however late, does not count. Reads
 * back only until it has found one of each source.
 */
export async function lastApplied(
  log: Pick<LogReader, 'entriesBackwards'>,
  { sources, upTo }: AppliedQuestion,
): Promise<Map<string, Applied>> {
  const applied = new Map<string, Applied>();
  // An undo stands after its commit, so it is read first.
  const undone = new Set<string>();
  for await (const { position, message } of log.entriesBackwards()) {
    if (sources.every((name) => applied.has(name))) break;
    if (message.type !== 'committed' || message.operation !== APPLY_OPERATION) continue;
    const { id, at, undoes } = message;
    if (undoes !== undefined) undone.add(undoes);
    else if (position.sequence <= upTo && !undone.has(id)) {
      const name = appliedSource(message);
      if (name !== null && !applied.has(name)) applied.set(name, { at, actor: actorText(message) });
    }
  }
  return applied;
}
