/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/** Whether a parsed JSON value is an object, and not an array or null. */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * A text that is equal for equal JSON values, whatever the order of their keys. It is for comparing within one process. It is
 * not RFC 8785: JavaScript puts integer-like keys first, whatever the sorting. So nothing stores or hashes it.
 */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
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
