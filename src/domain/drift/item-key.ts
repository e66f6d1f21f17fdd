import { canonical } from '../data/json.js';

/** What an item of a list in Caddy's configuration is, wherever it stands. */
export interface ItemKey {
  /** The same for the same thing. Empty: nothing tells it from others of its list. */
  readonly key: string;
  /** What a person calls it; null: it is a part of what it stands in. */
  readonly label: string | null;
  /** Hosts that it is about. */
  readonly hosts: readonly string[];
}

/**
 * By `@id`, the host that it matches, the input that it maps, what else it matches, or its handler. `groupOf` says which
 * group of hosts a host stands in.
 */
export function itemKeyOf(item: unknown, groupOf: ReadonlyMap<string, string>): ItemKey {
  if (typeof item !== 'object' || item === null) return { key: '', label: null, hosts: [] };
  const { '@id': id, match, input, handler } = item as Record<string, unknown>;
  if (typeof id === 'string') return { key: `@id ${id}`, label: id, hosts: [] };
  if (typeof input === 'string') return { key: `input ${input}`, label: routeLabel(input), hosts: [input] };
  const hosts = matchedHosts(match);
  if (hosts.length > 1)
    return { key: groupKey(hosts, groupOf), label: `routes for ${hosts[0]} and ${hosts.length - 1} more`, hosts };
  const [host] = hosts;
  if (host !== undefined) return { key: `host ${host}`, label: routeLabel(host), hosts };
  if (match !== undefined) return { key: `match ${canonical(match)}`, label: null, hosts: [] };
  return { key: typeof handler === 'string' ? `handler ${handler}` : '', label: null, hosts: [] };
}

const ROUTE = 'route for ';

function routeLabel(host: string): string {
  return ROUTE + host;
}

/** The host of what a person calls the route of one host; null: it is something else. */
export function hostOfLabel(label: string): string | null {
  return label.startsWith(ROUTE) ? label.slice(ROUTE.length) : null;
}

function groupKey(hosts: readonly string[], groupOf: ReadonlyMap<string, string>): string {
  const known = hosts.find((host) => groupOf.has(host));
  return known === undefined ? `hosts ${hosts.join()}` : (groupOf.get(known) ?? '');
}

function matchedHosts(match: unknown): readonly string[] {
  if (!Array.isArray(match)) return [];
  return match.flatMap((one: unknown) => {
    const host = typeof one === 'object' && one !== null ? (one as { host?: unknown }).host : undefined;
    return Array.isArray(host) ? host.map(String) : [];
  });
}
