/** One place where two documents differ, by JSON pointer (RFC 6901); undefined: it is not there. */
export interface JsonDifference {
  readonly path: string;
  readonly wanted: unknown;
  readonly found: unknown;
}

/** Where `found` is not what is wanted, in the order of the wanted document; whole subtrees where one side has none. */
export function jsonDifferences(wanted: unknown, found: unknown, path = ''): JsonDifference[] {
  if (Object.is(wanted, found)) return [];
  if (!isContainer(wanted) || !isContainer(found) || Array.isArray(wanted) !== Array.isArray(found)) {
    return [{ path, wanted, found }];
  }
  const keys = new Set([...Object.keys(wanted), ...Object.keys(found)]);
  return [...keys].flatMap((key) =>
    jsonDifferences(wanted[key], found[key], `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
