import type { WebAnswer, WebRequest } from './web.js';

/** Calls that a server works on at once; others wait. authentik's default is two processes. */
const AT_ONCE = 4;
/** Shortest and longest delay (ms) after which a real outpost uses a change. */
export const REAL_OUTPOST_DELAY_MS = [4_000, 14_000] as const;

/** A kind of call with its time: `ms`, and `msPerRow` for each object in the answer. */
type Cost = { readonly method?: string; readonly path: RegExp; readonly ms: number; readonly msPerRow?: number };

/**
 * Times of a real 2026.2.2 with about 110 bindings: an application 550 ms, 100 bindings in a page 1,400 to 1,700 ms, a
 * provider by name 60 ms, a group by name 95 ms. Those that were not measured lie between. The first that fits counts.
 */
const COSTS: readonly Cost[] = [
  { method: 'GET', path: /^core\/applications\/[^/]+\/$/, ms: 550 },
  { method: 'GET', path: /^core\/applications\/$/, ms: 550, msPerRow: 8 },
  { path: /^core\/applications\//, ms: 600 },
  { method: 'GET', path: /^policies\/bindings\/$/, ms: 60, msPerRow: 15 },
  { path: /^policies\/bindings\//, ms: 150 },
  { method: 'GET', path: /^providers\/proxy\/$/, ms: 55, msPerRow: 5 },
  { path: /^providers\/proxy\//, ms: 120 },
  { method: 'GET', path: /^core\/groups\/$/, ms: 90, msPerRow: 5 },
  { method: 'PATCH', path: /^outposts\/instances\//, ms: 400 },
  { method: 'GET', path: /^outposts\/instances\//, ms: 150 },
  { method: 'GET', path: /./, ms: 60, msPerRow: 4 },
  { path: /./, ms: 120 },
];

/** Returns the time (ms) of a call of the API, without the waiting. `path` is the part after `/api/v3/`. */
export function costOf({ method, path }: { readonly method: string; readonly path: string }, rows: number): number {
  const cost = COSTS.find((one) => (one.method ?? method) === method && one.path.test(path));
  return (cost?.ms ?? 0) + (cost?.msPerRow ?? 0) * rows;
}

/** Makes each call of the API take as long as a real authentik's. A change has happened before the wait. */
export function createLatency(prefix: string) {
  let busy = 0;
  const queue: (() => void)[] = [];
  return async (request: WebRequest, answer: WebAnswer): Promise<void> => {
    const { results } = (answer.body ?? {}) as { results?: unknown };
    const rows = Array.isArray(results) ? results.length : 0;
    const { method } = request;
    const ms = costOf({ method, path: request.path.slice(prefix.length) }, rows) * (0.95 + Math.random() / 10);
    if (busy < AT_ONCE) busy++;
    else await new Promise<void>((resolve) => queue.push(resolve));
    await new Promise((resolve) => setTimeout(resolve, ms));
    const next = queue.shift();
    if (next) next();
    else busy--;
  };
}
