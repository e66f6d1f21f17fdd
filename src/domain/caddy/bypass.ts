import type { Bypass } from '../resources/bypass.js';
import type { Json } from '../data/json.js';

/**
 * Lets everybody through until the bypass ends, by the proxy's own clock: nothing else has to be alive. A stream must end
 * with it as well, but its longest life is a constant in Caddy; so the time left is cut into slices, each half of the one
 * before, and a stream lives as long as the shortest time that is left when it begins in its slice. `open` makes the
 * handlers that answer, given what their proxy must say about streams. Requests for `closedPaths` go on as without it.
 */
export function bypassHandler(bypass: Bypass, closedPaths: string, open: (streams: Json) => readonly Json[]): Json {
  const end = Date.parse(bypass.until);
  const routes = slices(end - Date.parse(bypass.since)).map(({ from, to }) => ({
    match: [{ expression: during(end - from, end - to), not: [{ path: [closedPaths] }] }],
    handle: open(streams(to)),
    terminal: true,
  }));
  return { handler: 'subroute', routes };
}

const SHORTEST_MS = 1_000;

/** The time before the end in milliseconds, longest first: `[from, to)` before it. */
function slices(lengthMs: number): { from: number; to: number }[] {
  const found = [{ from: SHORTEST_MS, to: 0 }];
  for (let to = SHORTEST_MS; to < lengthMs; to *= 2) found.unshift({ from: to * 2, to });
  return found;
}

function during(from: number, to: number): string {
  const now = 'int({time.now.unix_ms})';
  return `${now} >= ${from} && ${now} < ${to}`;
}

/** At a reload its streams close at once: none may outlive a bypass that was ended early. */
function streams(leftMs: number): Json {
  return { stream_timeout: `${Math.max(leftMs, SHORTEST_MS / 4)}ms`, stream_close_delay: 0 };
}
