import { routeServing } from '../../domain/serving/hosts.js';
import type { State } from '../../domain/log/state.js';
import type { AccessEntry } from '../../domain/traffic/access-entry.js';
import { levelTimes } from '../../domain/traffic/figures.js';
import { createGathering, type Gathering } from '../../domain/traffic/gathering.js';
import type { AccessLog, LogCursor } from '../../ports/access-log.js';
import type { LogReader } from '../../ports/event-log.js';
import type { Figures } from '../../ports/figures.js';

/** Dependencies of {@link createRequestCounting}. */
export interface CountingSystems {
  readonly log: Pick<LogReader, 'view'>;
  readonly figures: Figures;
  readonly accessLog: AccessLog;
  /** Parses a line; null: it is no request. */
  readonly parse: (line: string) => AccessEntry | null;
  /** Unix ms. */
  readonly nowMs: () => number;
}

/** Figures that were read from the log and are not stored yet. */
interface Progress {
  /** Null: nothing was read yet. */
  cursor: LogCursor | null;
  /** Sequence of the proxy's newest part; 0: none. */
  stored: number;
  gathered: Gathering;
}

/** Time after the end of a slot in which its last lines are still expected, ms. */
const GRACE_MS = 1_000;
/** Lines between two looks at the size of what is gathered. */
const LINES_BETWEEN_LOOKS = 5_000;

/**
 * Creates the function that counts the new lines of a proxy's access log into slots of 10 seconds, and stores each with the
 * position up to which it counts. Whatever was not stored is counted again after a failure, from the stored position, so
 * each request counts once. Returns the number of stored parts. Calls must not overlap.
 */
export function createRequestCounting(systems: CountingSystems): () => Promise<number> {
  let progress: Progress | null = null;
  return async () => {
    const state = progress ?? (await storedProgress(systems));
    // Kept only when the whole call succeeds.
    progress = null;
    const { state: served } = await systems.log.view();
    const stored = await countOn(systems, state, served);
    if (stored !== 'moved') progress = state;
    return stored === 'moved' ? 0 : stored;
  };
}

/** Returns the position of the newest part. That of a coarser level counts where the finer parts expired: what was not in it expired uncounted. */
async function storedProgress({ figures, accessLog: { proxy } }: CountingSystems): Promise<Progress> {
  const newest = await figures.newest('10s', proxy);
  const known = newest ?? (await figures.newest('1m', proxy)) ?? (await figures.newest('1h', proxy));
  return { cursor: known?.cursor ?? null, stored: newest?.sequence ?? 0, gathered: createGathering('10s') };
}

async function countOn(systems: CountingSystems, progress: Progress, state: State): Promise<number | 'moved'> {
  const { accessLog, figures, parse, nowMs } = systems;
  const domainOf = domainsIn(state);
  let [parts, lines] = [0, 0];
  const store = async (cursor: LogCursor) => {
    const { proxy } = accessLog;
    const { gathered } = progress;
    const part = { proxy, cursor, source: null, starts: gathered.starts(), rows: gathered.rows() };
    const stored = await figures.append('10s', part, progress.stored);
    if (stored === 'moved') return false;
    progress.stored = stored;
    progress.gathered = createGathering('10s');
    parts++;
    return true;
  };
  for await (const chunk of accessLog.readOn(progress.cursor)) {
    for (const [index, line] of chunk.lines.entries()) {
      const entry = parse(line);
      if (entry === null || entry.isOwn) continue;
      const isFull = ++lines % LINES_BETWEEN_LOOKS === 0 && progress.gathered.weight() > figures.mostWeight;
      if ((isFull || !progress.gathered.takes(entry.endedMs)) && !(await store(chunk.cursorAt(index)))) return 'moved';
      progress.gathered.addEntry(domainOf(entry.host), entry);
    }
    progress.cursor = chunk.cursorAt(chunk.lines.length);
  }
  const { newestMs } = progress.gathered;
  const isOver = newestMs !== null && nowMs() >= newestMs + levelTimes['10s'].slotMs + GRACE_MS;
  if (isOver && progress.cursor !== null && !(await store(progress.cursor))) return 'moved';
  return parts;
}

/** Returns the function from a host to the domain of the route that serves it; the empty text: no route does. */
function domainsIn(state: State): (host: string) => string {
  const known = new Map<string, string>();
  return (host) => {
    const domain = known.get(host) ?? routeServing(state, host)?.domain ?? '';
    // Visitors may invent hosts without end.
    if (domain !== '') known.set(host, domain);
    return domain;
  };
}
