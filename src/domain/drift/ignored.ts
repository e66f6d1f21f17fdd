import { isObject, type Json } from '../data/json.js';

/**
 * A place in Hecate's own server that others may set, by JSON pointer (RFC 6901). Routes are none: what stands there moves
 * with every change.
 */
export function isIgnorable(pointer: string): boolean {
  return /^(\/[^/]+)+$/.test(pointer) && !/^\/(routes|named_routes|tls_connection_policies)(\/|$)/.test(pointer);
}

/** What authentik shows to people and decides nothing by: all that may be left to others there. */
const IGNORABLE_THERE = [
  /^\/applications\/[^/]+\/(name|meta_description|meta_launch_url)$/,
  /^\/providers\/[^/]+\/invalidation_flow$/,
  /^\/flows\/[^/]+\/title$/,
];

/** Whether a pointer names a place in the identity provider; `*` stands for every object of its kind. */
export function isInIdentity(pointer: string): boolean {
  return /^\/(applications|providers|policies|groups|flows|stages|outposts)(\/|$)/.test(pointer);
}

/** A place there that others may set. What decides who may pass is none. */
export function isIgnorableInIdentity(pointer: string): boolean {
  return IGNORABLE_THERE.some((place) => place.test(pointer));
}

/** Whether a difference lies in one of these places. */
export function isIgnored(path: string, ignored: readonly string[]): boolean {
  return ignored.some((pointer) => path === pointer || path.startsWith(`${pointer}/`));
}

/** The server with what others set in these places, as it was found. */
export function withIgnored(server: Json, found: Json | null, ignored: readonly string[]): Json {
  return ignored.reduce((result, pointer) => {
    const keys = pointer.slice(1).split('/').map(unescaped);
    const value = keys.reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), found);
    return value === undefined ? result : withValue(result, keys, value);
  }, server);
}

function withValue(object: Json, [key = '', ...rest]: readonly string[], value: unknown): Json {
  const inner = object[key];
  return { ...object, [key]: rest.length === 0 ? value : withValue(isObject(inner) ? inner : {}, rest, value) };
}

function unescaped(key: string): string {
  return key.replaceAll('~1', '/').replaceAll('~0', '~');
}
