import { isBaseChange } from '../../domain/log/base-kinds.js';
import type { Change } from '../../domain/log/commit.js';
import { applyManifests } from '../../operations/manifests/apply-manifests.js';
import type { LogReader } from '../../ports/event-log.js';

/** When something was applied, and by whom. */
export interface Applied {
  readonly at: string;
  readonly actor: string;
}

/**
 * For each source by name, the last apply that changed something, up to a sequence; also one that put a commit back that was
 * applied before. What the system took back, whenever that was, does not count. Reads the whole log.
 */
export async function lastApplied(log: Pick<LogReader, 'entries'>, upTo: number): Promise<Map<string, Applied>> {
  const applied = new Map<string, [name: string, Applied]>();
  for await (const { position, message } of log.entries()) {
    if (message.type !== 'committed' || message.operation !== applyManifests.key) continue;
    if (message.undoes !== undefined) applied.delete(message.undoes);
    else if (position.sequence <= upTo) {
      const { id, at, actor, changes } = message;
      applied.set(id, [sourceOf(changes), { at, actor }]);
    }
  }
  return new Map(applied.values());
}

/** An apply has one source; where it is as it was, what came from there bears its name. */
function sourceOf(changes: readonly Change[]): string {
  const itself = changes.find(({ kind }) => kind === 'Source');
  if (itself) return itself.name;
  const base = changes.find(isBaseChange);
  return (base?.after ?? base?.before)?.source ?? '';
}
