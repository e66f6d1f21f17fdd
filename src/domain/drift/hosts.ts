import { isObject } from '../data/json.js';
import { itemKeyOf } from './item-key.js';
import type { Drift } from './drift.js';

/** A difference between a proxy's configuration and the log. */
export interface ProxyDrift extends Drift {
  /** Host patterns whose requests it concerns; null: it may concern every request. */
  readonly hosts: readonly string[] | null;
}

/** Parts of Caddy's server that decide who answers a request. An empty pointer is the whole server. */
const DECIDES_WHO_ANSWERS = /^(?:$|\/(?:routes|named_routes|errors)(?:\/|$))/;

/**
 * Returns the hosts for which a difference may change who answers: those of the innermost route that it lies in. Null: those
 * of every route. `found`: the server that the difference was found in.
 */
export function hostsOfDrift({ path, wanted, found: value }: Drift, found: unknown): readonly string[] | null {
  if (!DECIDES_WHO_ANSWERS.test(path)) return [];
  const listed = [wanted, value].filter((one) => typeof one === 'string');
  if (IN_HOST_LIST.test(path) && listed.length > 0) return listed;
  const keys = path.split('/').slice(1);
  const around: unknown[] = [];
  let at: unknown = found;
  for (const key of keys.slice(0, -1)) {
    at = inside(at, key);
    around.unshift(at);
  }
  const own = [wanted, value].flatMap((one) => hostsIn(one));
  if (own.length > 0) return own;
  return [inside(at, keys.at(-1) ?? ''), ...around].map(hostsIn).find((hosts) => hosts.length > 0) ?? null;
}

const IN_HOST_LIST = /\/match\/\d+\/host\/\d+$/;

function hostsIn(item: unknown): readonly string[] {
  return itemKeyOf(item, new Map()).hosts;
}

function inside(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return value[Number(key)] as unknown;
  return isObject(value) ? value[key.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined;
}
