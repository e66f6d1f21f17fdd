import type { Json } from '../data/json.js';

/** Changes to the headers of an answer. */
export interface HeaderChanges {
  readonly set?: Readonly<Record<string, readonly string[]>>;
  readonly delete?: readonly string[];
}

/** Changes an answer's headers whoever answers: at once for Caddy's own errors, and again over what the upstream sends. */
export function responseHeaders(changes: HeaderChanges): Json[] {
  return [
    { handler: 'headers', response: changes },
    { handler: 'headers', response: { ...changes, deferred: true } },
  ];
}

/** A text that Caddy takes as it is: it expands `{placeholders}`, and takes the backslash before any brace for an escape. */
export function literal(value: string): string {
  return value.replace(/[{}]/g, '\\$&');
}
