/** A JSON object as Caddy takes it. */
export type Json = Readonly<Record<string, unknown>>;

/** Whether a parsed value is an object with names. */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The same text for the same value, in whatever order its keys come. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** One place where two documents differ, by JSON pointer (RFC 6901); undefined: it is not there. */
export interface JsonDifference {
  readonly path: string;
  readonly wanted: unknown;
  readonly found: unknown;
}

/** A JSON pointer of these keys, one below the other. */
export function pointer(...keys: readonly (string | number)[]): string {
  return keys.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
