/** A text that Caddy takes as it is: it expands `{placeholders}`, and takes the backslash before any brace for an escape. */
export function literal(value: string): string {
  return value.replace(/[{}]/g, '\\$&');
}
