import { isObject, type Json } from '../data/json.js';

/**
 * Returns true when differences at a JSON pointer (RFC 6901) into Hecate's server may be ignored, so that others can set the
 * value. Pointers into routes may not, since their indexes change with every commit.
 */
export function isIgnorable(pointer: string): boolean {
  return /^(\/[^/]+)+$/.test(pointer) && !/^\/(routes|named_routes|tls_connection_policies)(\/|$)/.test(pointer);
}

/** Pointers into the identity provider that may be ignored: texts that people see and that do not affect access. */
const IGNORABLE_THERE = [
  /^\/applications\/[^/]+\/(name|meta_description|meta_launch_url)$/,
  /^\/providers\/[^/]+\/invalidation_flow$/,
  /^\/flows\/[^/]+\/title$/,
];

/** Returns true when a pointer leads into the identity provider. `*` stands for every object of a kind. */
export function isInIdentity(pointer: string): boolean {
  return /^\/(applications|providers|policies|groups|flows|stages|outposts)(\/|$)/.test(pointer);
}

/** Returns true when a pointer into the identity provider may be ignored. Settings that affect access may not. */
export function isIgnorableInIdentity(pointer: string): boolean {
  return IGNORABLE_THERE.some((ignorable) => ignorable.test(pointer));
}

/** Returns true when a difference is at or below one of these pointers. */
export function isIgnored(path: string, ignored: readonly string[]): boolean {
  return ignored.some((pointer) => path === pointer || path.startsWith(`${pointer}/`));
}

/** Returns the server with the found values at these pointers. */
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
