import type { Bypass } from '../resources/bypass.js';
import type { Json } from '../data/json.js';

/**
 * The handler that lets everybody through until the bypass ends, by the proxy's own clock, so that it ends even when nothing
 * else runs. Streams must end with it, but Caddy's `stream_timeout` is a constant: so the time is cut into slices, each half
 * as long as the one before, and a stream that begins in a slice may last as long as the time that is left at the slice's
 * end. `open` returns the handlers that answer, given the proxy's stream settings. Requests for `closedPaths` are not
 * affected.
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

/** Slices of the bypass, in milliseconds before its end, the earliest first. */
function slices(lengthMs: number): { from: number; to: number }[] {
  const found = [{ from: SHORTEST_MS, to: 0 }];
  for (let to = SHORTEST_MS; to < lengthMs; to *= 2) found.unshift({ from: to * 2, to });
  return found;
}

function during(from: number, to: number): string {
  const now = 'int({time.now.unix_ms})';
  return `${now} >= ${from} && ${now} < ${to}`;
}

/** Stream settings of a slice. Its streams close at a reload, since none may outlive a bypass that was ended early. */
function streams(leftMs: number): Json {
  return { stream_timeout: `${Math.max(leftMs, SHORTEST_MS / 4)}ms`, stream_close_delay: 0 };
}
