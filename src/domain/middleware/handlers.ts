import type { Json } from '../data/json.js';

/** Changes to response headers. */
export interface HeaderChanges {
  readonly set?: Readonly<Record<string, readonly string[]>>;
  readonly delete?: readonly string[];
}

/** Handlers that change response headers: once for Caddy's own error responses, and again for those of the upstream. */
export function responseHeaders(changes: HeaderChanges): Json[] {
  return [
    { handler: 'headers', response: changes },
    { handler: 'headers', response: { ...changes, deferred: true } },
  ];
}

/** Escapes a text for Caddy, which expands `{placeholders}` and treats a backslash before a brace as an escape. */
export function literal(value: string): string {
  return value.replace(/[{}]/g, '\\$&');
}
