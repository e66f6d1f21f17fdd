import { isBaseChange } from '../../domain/log/base-kinds.js';
import type { Change } from '../../domain/log/commit.js';
import { applyManifests } from '../../operations/manifests/apply-manifests.js';
import type { LogReader } from '../../ports/event-log.js';

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
    if (message.type !== 'committed' || message.operation !== applyManifests.key) continue;
    const { id, at, actor, changes, undoes } = message;
    if (undoes !== undefined) undone.add(undoes);
    else if (position.sequence <= upTo && !undone.has(id)) {
      const name = sourceOf(changes);
      if (!applied.has(name)) applied.set(name, { at, actor });
    }
  }
  return applied;
}

/** Returns the source of an apply. An apply that leaves the source itself as it was changes resources that name it. */
function sourceOf(changes: readonly Change[]): string {
  const itself = changes.find(({ kind }) => kind === 'Source');
  if (itself) return itself.name;
  const base = changes.find(isBaseChange);
  return (base?.after ?? base?.before)?.source ?? '';
}
