/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/** Returns true for a JSON object, false for arrays, null and all other values. */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Returns the canonical text of a JSON value (RFC 8785), which may be stored, hashed and signed: equal for equal values,
 * whatever the order of their keys. Fields that are undefined are left out, as JSON does.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  const fields = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`);
  return `{${fields.join(',')}}`;
}

/** One difference of two documents. `path` is a JSON pointer (RFC 6901); undefined: that side has no value there. */
export interface JsonDifference {
  readonly path: string;
  readonly wanted: unknown;
  readonly found: unknown;
}

/** Returns the JSON pointer (RFC 6901) that leads through these keys, escaped. */
export function pointer(...keys: readonly (string | number)[]): string {
  return keys.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
