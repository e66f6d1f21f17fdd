import { canonicalJson } from '../data/json.js';

/** Identity of an item in a list of Caddy's configuration, independent of its index. */
export interface ItemKey {
  /** Equal for the same item. Empty: it cannot be distinguished from others of its list. */
  readonly key: string;
  /** Name for people; null: it has none of its own. */
  readonly label: string | null;
  /** Hosts that it matches. */
  readonly hosts: readonly string[];
}

/**
 * Identifies an item by its `@id`, its host, the input that it maps, its other matchers, or its handler. `groupOf` gives the
 * group of a host.
 */
export function itemKeyOf(item: unknown, groupOf: ReadonlyMap<string, string>): ItemKey {
  if (typeof item !== 'object' || item === null) return { key: '', label: null, hosts: [] };
  const { '@id': id, match, input, handler } = item as Record<string, unknown>;
  if (typeof id === 'string') return { key: `@id ${id}`, label: id, hosts: matchedHosts(match) };
  if (typeof input === 'string') return { key: `input ${input}`, label: routeLabel(input), hosts: [input] };
  const hosts = matchedHosts(match);
  if (hosts.length > 1)
    return { key: groupKey(hosts, groupOf), label: `routes for ${hosts[0]} and ${hosts.length - 1} more`, hosts };
  const [host] = hosts;
  if (host !== undefined) return { key: `host ${host}`, label: routeLabel(host), hosts };
  if (match !== undefined) return { key: `match ${canonicalJson(match)}`, label: null, hosts: [] };
  return { key: typeof handler === 'string' ? `handler ${handler}` : '', label: null, hosts: [] };
}

const ROUTE = 'route for ';

function routeLabel(host: string): string {
  return ROUTE + host;
}

/** The host in the label of a route; null: another label. */
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
