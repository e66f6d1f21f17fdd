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
