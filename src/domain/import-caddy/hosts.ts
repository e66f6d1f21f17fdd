/** Returns true when a Caddy host pattern matches a host, or every host that another pattern matches. */
export function coversHost(pattern: string, host: string): boolean {
  return fits(pattern, host, (label, other) => label === '*' || label === other);
}

/** Returns true when two Caddy host patterns have a host in common. */
export function meetsHost(pattern: string, host: string): boolean {
  return fits(pattern, host, (label, other) => [label, other].includes('*') || label === other);
}

/** A pattern with a placeholder may match any host. */
function fits(pattern: string, host: string, isAlike: (label: string, other: string) => boolean): boolean {
  if (pattern.includes('{')) return true;
  const [labels, others] = [labelsOf(pattern), labelsOf(host)];
  return labels.length === others.length && labels.every((label, index) => isAlike(label, others[index] ?? ''));
}

function labelsOf(host: string): string[] {
  return host.toLowerCase().split('.');
}

/** Hosts of the routes so far, in order. */
export interface TakenHosts {
  /** Path of the first route that may match a host; undefined: none. */
  by(host: string): string | undefined;
  /** Adds a route's host pattern; null: any host. */
  take(pattern: string | null, path: string): void;
}

/** Returns an empty set of hosts. An exact name is found in constant time. */
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
