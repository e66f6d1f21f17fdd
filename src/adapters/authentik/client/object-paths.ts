import { isIgnored } from '../../../domain/drift/ignored.js';
import { pointer, type JsonDifference } from '../../../domain/data/json.js';

/** First segment of an object's path: its kind in the plural. */
export type ObjectKind = 'applications' | 'providers' | 'policies' | 'groups' | 'flows' | 'stages' | 'outposts';

const SINGULAR: Readonly<Record<string, string>> = {
  applications: 'application',
  providers: 'provider',
  policies: 'policy',
  groups: 'group',
  flows: 'flow',
  stages: 'stage',
  outposts: 'outpost',
};

/** JSON pointer of an object in authentik, or of a part of it, for example `/groups/staff`. */
export function objectPath(kind: ObjectKind, name: string, ...within: readonly string[]): string {
  return pointer(kind, name, ...within);
}

/**
 * The object that a path belongs to. `name` is for people, for example `group staff`. A binding, a stage's place in a flow and
 * a provider's place on an outpost have names of their own, for example `binding of application shop to group staff`: the
 * object that has them is there.
 */
export function objectOfPath(path: string): { readonly path: string; readonly name: string } {
  const [, kind = '', name = '', ...within] = path.split('/');
  return { path: `/${kind}/${name}`, name: partName(`${SINGULAR[kind] ?? kind} ${unescaped(name)}`, within) };
}

function partName(owner: string, [part, name, ...within]: readonly string[]): string {
  if (name === undefined) return owner;
  if (part === 'bindings') return `binding of ${owner} to ${unescaped(name)}`;
  if (part === 'providers') return `provider ${unescaped(name)} on ${owner}`;
  return part === 'stages' ? partName(`stage ${unescaped(name)} in ${owner}`, within) : owner;
}

function unescaped(name: string): string {
  return name.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** Names of the fields that differ from `wanted`, without those that are ignored. */
export function driftedFields<T extends object>(
  { path, ignored }: { readonly path: string; readonly ignored: readonly string[] },
  wanted: T,
  found: object,
): (keyof T & string)[] {
  const fields = Object.keys(wanted) as (keyof T & string)[];
  const differing = fields.filter((field) => !isSame(wanted[field], (found as Partial<T>)[field]));
  const ofAny = path.replace(/^(\/[^/]+)\/[^/]+$/, '$1/*');
  return differing.filter((field) => {
    const fieldPath = pointer(nameInApi(field));
    return !isIgnored(path + fieldPath, ignored) && !isIgnored(ofAny + fieldPath, ignored);
  });
}

/** Returns an object with only these fields. */
export function pickFields<T extends object>(fields: readonly (keyof T)[], object: T): Partial<T> {
  return Object.fromEntries(fields.map((field) => [field, object[field]])) as Partial<T>;
}

/** The wanted and the found value of each field, with the field's name in authentik's API (`snake_case`). */
export function differencesIn<T extends object>(
  path: string,
  fields: readonly (keyof T & string)[],
  { wanted, found }: { readonly wanted: T; readonly found: object },
): JsonDifference[] {
  return fields.map((field) => ({
    path: path + pointer(nameInApi(field)),
    wanted: wanted[field],
    found: (found as Partial<T>)[field] ?? null,
  }));
}

/** The difference for an object that authentik lacks. */
export const missingObject = (path: string, wanted: object) => [{ path, wanted: inApi(wanted), found: undefined }];
/** The difference for an object that the log does not have. */
export const foreignObject = (path: string, found: object) => [{ path, wanted: undefined, found: inApi(found) }];

function inApi(object: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([field, value]) => [nameInApi(field), value as unknown]));
}

function nameInApi(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Compares values as authentik does: null equals an empty text, and the order of a list does not matter. */
function isSame(wanted: unknown, found: unknown): boolean {
  const plain = (value: unknown) => (Array.isArray(value) ? [...(value as unknown[])].sort() : (value ?? ''));
  return JSON.stringify(plain(wanted)) === JSON.stringify(plain(found));
}
