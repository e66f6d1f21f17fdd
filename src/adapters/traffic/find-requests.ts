import type { AccessEntry } from '../../domain/traffic/access-entry.js';
import type { FoundRequests, RequestSearch } from '../../ports/access-log.js';
import { parseEntry } from './access-entry.js';
import { accessLogFailure, readFrom, readSince } from './read-access-log.js';

/**
 * Finds the newest or the oldest requests in an access log that a search asks for. Hecate's own are never among them. Throws `unavailable`
 * without a readable log.
 */
export async function findRequests(system: string, file: string | null, search: RequestSearch): Promise<FoundRequests> {
  if (file === null) throw accessLogFailure(system, 'the path of its access log is not configured');
  const { after, sinceMs, limit, takes } = search;
  let entries: AccessEntry[] = [];
  let [cursor, left] = [after, 0];
  const isWanted = matcherOf(search);
  for await (const chunk of after === null ? readSince(system, file, sinceMs) : readFrom(system, file, after)) {
    const wanted = chunk.lines.map(parseEntry).map((entry) => (entry !== null && isWanted(entry) ? entry : null));
    if (takes === 'oldest') {
      for (const [at, entry] of wanted.entries()) {
        if (entry === null) continue;
        entries.push(entry);
        if (entries.length === limit) return { entries, left, hasMore: true, cursor: chunk.cursorAt(at + 1) };
      }
      cursor = chunk.cursorAt(chunk.lines.length);
      continue;
    }
    entries.push(...wanted.filter((entry) => entry !== null));
    left += Math.max(0, entries.length - limit);
    entries = entries.slice(-limit);
    cursor = chunk.cursorAt(chunk.lines.length);
  }
  return { entries, left, hasMore: false, cursor };
}

function matcherOf({ isOf, sinceMs, statuses, denied }: RequestSearch): (entry: AccessEntry) => boolean {
  return ({ isOwn, endedMs, host, status, refused }) =>
    !isOwn &&
    endedMs >= sinceMs &&
    (statuses.length === 0 ||
      statuses.includes(String(status)) ||
      statuses.includes(`${Math.floor(status / 100)}xx`)) &&
    (!denied || refused !== null) &&
    isOf(host);
}
