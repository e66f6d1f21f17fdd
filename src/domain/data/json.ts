/** A JSON object as Caddy takes it. */
export type Json = Readonly<Record<string, unknown>>;

/** Whether a parsed value is an object with names. */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
