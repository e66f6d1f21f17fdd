import { actorText, type Change } from '../../domain/log/commit.js';
import { resourceKey, type ResourceKey } from '../../domain/resources/kinds.js';
import type { State } from '../../domain/log/state.js';
import type { LogReader } from '../../ports/event-log.js';

/** Time and actor of a change. */
export interface Origin {
  readonly at: string;
  readonly actor: string;
}

type Named = Pick<Change, 'kind' | 'name'>;

/** Returns a lookup of each resource's last change. For deleted resources it reads the whole log, once. */
export async function lastChanges(
  log: LogReader,
  state: State,
  resources: readonly Named[],
): Promise<(resource: Named) => Origin | null> {
  const origins = new Map<ResourceKey, Origin>();
  const gone = new Set<ResourceKey>();
  for (const { kind, name } of resources) {
    const key = resourceKey(kind, name);
    const held = state.resources.get(key);
    if (held) origins.set(key, { at: held.updatedAt, actor: held.updatedBy });
    else gone.add(key);
  }
  if (gone.size > 0) await lookUp(log, gone, origins);
  return ({ kind, name }) => origins.get(resourceKey(kind, name)) ?? null;
}

async function lookUp(log: LogReader, gone: ReadonlySet<ResourceKey>, origins: Map<ResourceKey, Origin>) {
  for await (const { message } of log.entries()) {
    if (message.type !== 'committed') continue;
    for (const { kind, name } of message.changes) {
      const key = resourceKey(kind, name);
      if (gone.has(key)) origins.set(key, { at: message.at, actor: actorText(message) });
    }
  }
}
