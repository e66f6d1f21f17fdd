/** Whether a host pattern of Caddy takes requests for a host, or for all that another pattern takes. */
export function coversHost(pattern: string, host: string): boolean {
  return fits(pattern, host, (label, other) => label === '*' || label === other);
}

/** Whether two host patterns of Caddy take requests for the same host. */
export function meetsHost(pattern: string, host: string): boolean {
  return fits(pattern, host, (label, other) => [label, other].includes('*') || label === other);
}

/** A pattern that is computed for each request may be any. */
function fits(pattern: string, host: string, isAlike: (label: string, other: string) => boolean): boolean {
  if (pattern.includes('{')) return true;
  const [labels, others] = [labelsOf(pattern), labelsOf(host)];
  return labels.length === others.length && labels.every((label, index) => isAlike(label, others[index] ?? ''));
}

function labelsOf(host: string): string[] {
  return host.toLowerCase().split('.');
}

/** Which routes take which hosts, in order. */
export interface TakenHosts {
  /** Path of the first route that takes requests for a host; undefined: only routes for one host of a wildcard do. */
  by(host: string): string | undefined;
  /** A route takes a host pattern; null: any host. */
  take(pattern: string | null, path: string): void;
}

/** Finds a plain name among many thousands at once. */
export function createTakenHosts(): TakenHosts {
  const names = new Map<string, string>();
  const patterns: (readonly [pattern: string, path: string])[] = [];
  let any: string | undefined;
  return {
    by: (host) => any ?? names.get(host.toLowerCase()) ?? patterns.find(([one]) => meetsHost(one, host))?.[1],
    take(pattern, path) {
      if (pattern === null) any ??= path;
      else if (/[*{]/.test(pattern)) patterns.push([pattern, path]);
      else if (!names.has(pattern.toLowerCase())) names.set(pattern.toLowerCase(), path);
    },
  };
}
