import { canonicalRange } from '../values/network/ip-range.js';
import type { Json } from '../data/json.js';
import { listOf, objectOf } from './json.js';

/** A part of a site that turns visitors away by their addresses, as middleware. */
export interface ImportedFilter {
  readonly middleware: string;
  /** How its answer to a refused visitor differs from that of the middleware; null: it does not. */
  readonly difference: string | null;
}

/** Addresses that a route of Caddy matches, or all others. */
interface Addresses {
  readonly isExcluding: boolean;
  readonly ranges: readonly string[];
}

/** Settings of the server that decide what an address is. */
export interface AddressSettings {
  /** The server trusts proxies in front of it. */
  readonly isBehindProxies: boolean;
}

/** Imports a route of Caddy that turns away visitors by address only; null: it does more or something else. */
export function importedFilter(route: Json, settings: AddressSettings): ImportedFilter | null {
  const addresses = addressesOf(route, settings);
  const refusal = refusalOf(route['handle']);
  if (addresses === null || refusal === null) return null;
  const name = addresses.isExcluding ? 'ip-allow' : 'ip-deny';
  return { middleware: `${name}:${addresses.ranges.join(',')}`, difference: refusal.difference };
}

/**
 * Imports two routes of Caddy as `ip-allow`: the first serves listed addresses, and the second turns away everybody else; null:
 * they are other routes.
 */
export function importedAllowance(serving: Json, rest: Json, settings: AddressSettings): ImportedFilter | null {
  const addresses = addressesOf(serving, settings);
  const refusal = refusalOf(rest['handle']);
  if (addresses === null || addresses.isExcluding || refusal === null || rest['match'] !== undefined) return null;
  return { middleware: `ip-allow:${addresses.ranges.join(',')}`, difference: refusal.difference };
}

function addressesOf({ match }: Json, { isBehindProxies }: AddressSettings): Addresses | null {
  const matchers = listOf(match).map(objectOf);
  const [first] = matchers;
  const excluded = listOf(first?.['not']).map(objectOf);
  const isExcluding = excluded.length > 0;
  // Several sets of matchers are alternatives, also inside `not`.
  if (matchers.length === 0 || (isExcluding && (matchers.length > 1 || Object.keys(first ?? {}).length > 1)))
    return null;
  const sets = isExcluding ? excluded : matchers;
  const ranges = sets.map(rangesOf);
  if (ranges.includes(null)) return null;
  // Behind a proxy, `remote_ip` is the address of that proxy and not the visitor's.
  if (isBehindProxies && sets.some((set) => 'remote_ip' in set)) return null;
  return { isExcluding, ranges: [...new Set(ranges.flatMap((some) => some ?? []))] };
}

/** The ranges of a set of matchers; null: it matches by more or by something else. */
function rangesOf(set: Json): string[] | null {
  const [name = '', ...others] = Object.keys(set);
  if (others.length > 0 || !['remote_ip', 'client_ip'].includes(name)) return null;
  const { ranges, ...more } = objectOf(set[name]);
  const known = listOf(ranges).map((range) => canonicalRange(String(range)));
  const isWhole = known.length > 0 && !known.includes(null) && Object.keys(more).length === 0;
  return isWhole ? known.flatMap((range) => range ?? []) : null;
}

/** Returns how handlers turn a visitor away; null: they do something else. */
function refusalOf(handle: unknown): Pick<ImportedFilter, 'difference'> | null {
  const [handler, ...others] = listOf(handle).map(objectOf);
  if (handler === undefined || others.length > 0) return null;
  const { handler: name, status_code: status, ...more } = handler;
  if (name === 'subroute') {
    const [route, ...rest] = listOf(more['routes']).map(objectOf);
    const isPlain = route !== undefined && rest.length === 0 && Object.keys(more).join() === 'routes';
    return isPlain && Object.keys(route).every((key) => ['handle', 'terminal'].includes(key))
      ? refusalOf(route['handle'])
      : null;
  }
  if (name === 'static_response' && more['abort'] === true)
    return { difference: 'refused visitors get 403 instead of a closed connection' };
  if (Number(status) !== 403) return null;
  if (name === 'error') return { difference: null };
  const { body, close: _, ...unknown } = more;
  if (name !== 'static_response' || Object.keys(unknown).length > 0) return null;
  return {
    difference: body === undefined ? null : 'refused visitors get 403 with a text of Hecate instead of its own',
  };
}
