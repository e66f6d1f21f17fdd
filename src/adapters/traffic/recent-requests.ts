import { parseEntry } from './access-entry.js';
import { readSince } from './read-access-log.js';

/**
 * Counts the requests for each of `hosts` that ended in the last `seconds`. Hecate's own do not count. Throws `unavailable`
 * without a readable log.
 */
export async function recentRequests(
  system: string,
  file: string | null,
  hosts: readonly string[],
  seconds: number,
): Promise<ReadonlyMap<string, number>> {
  const sinceMs = Date.now() - seconds * 1_000;
  const counts = new Map(hosts.map((host) => [host, 0]));
  for await (const { lines } of readSince(system, file, sinceMs)) {
    for (const line of lines) {
      const entry = parseEntry(line);
      if (entry === null || entry.isOwn || entry.endedMs < sinceMs) continue;
      for (const pattern of [entry.host, wildcardOver(entry.host)]) {
        const count = counts.get(pattern);
        if (count !== undefined) counts.set(pattern, count + 1);
      }
    }
  }
  return counts;
}

/** Returns the pattern that covers a host. A wildcard stands for exactly one label, as in Caddy. */
function wildcardOver(host: string): string {
  return `*${host.slice(Math.max(0, host.indexOf('.')))}`;
}
