import type { Change } from '../domain/commit.js';
import type { LogReader } from '../ports/event-log.js';

/** When and by whom a resource was changed last, also one that is gone. Reads the whole log. */
export async function lastChange(
  log: LogReader,
  { kind, name }: Pick<Change, 'kind' | 'name'>,
): Promise<{ readonly at: string; readonly actor: string } | null> {
  let last: { at: string; actor: string } | null = null;
  for await (const { message } of log.entries()) {
    if (message.type !== 'committed') continue;
    if (message.changes.some((change) => change.kind === kind && change.name === name)) {
      last = { at: message.at, actor: message.actor };
    }
  }
  return last;
}
