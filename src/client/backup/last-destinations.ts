import { destinationsIn } from '../../workflows/contracts/backup.js';
import { withLog } from '../connect/with-log.js';

/** Messages that are read back for the last backup. */
const MOST_READ = 20_000;

/** Returns the destinations of the last backup in the history, as `backup` without `--destination` uses them; empty: there was none. */
export async function lastDestinations(): Promise<readonly string[]> {
  return withLog(async (log) => {
    let count = 0;
    for await (const { message } of log.entriesBackwards()) {
      if (++count > MOST_READ) break;
      if (message.type !== 'ended' || message.result !== 'completed') continue;
      const { operation = '', subject = '' } = message.attempt ?? {};
      if (MAKING.has(operation)) return destinationsIn(subject);
    }
    return [];
  });
}

const MAKING: ReadonlySet<string> = new Set(['backup.full', 'backup.incremental', 'backup.components']);
