/** A JSON object as Caddy takes it. */
export type Json = Readonly<Record<string, unknown>>;
