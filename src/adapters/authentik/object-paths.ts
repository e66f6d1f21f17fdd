import { isIgnored } from '../../domain/drift/ignored.js';
import { pointer, type JsonDifference } from '../../domain/data/json.js';

/** Kinds of objects that Hecate makes, as pointers begin. */
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

/** JSON pointer of an object, or of a part of it. */
export function objectPath(kind: ObjectKind, name: string, ...within: readonly string[]): string {
  return pointer(kind, name, ...within);
}

/** The object at or around a place. */
export function objectOfPath(path: string): { readonly path: string; readonly name: string } {
  const [, kind = '', name = ''] = path.split('/');
  const said = name.replaceAll('~1', '/').replaceAll('~0', '~');
  return { path: `/${kind}/${name}`, name: `${SINGULAR[kind] ?? kind} ${said}` };
}

/** Fields of an object that are not as they should be, less those that are left to others. */
export function driftedFields<T extends object>(
  { path, ignored }: { readonly path: string; readonly ignored: readonly string[] },
  wanted: T,
  found: object,
): (keyof T & string)[] {
  const fields = Object.keys(wanted) as (keyof T & string)[];
  const differing = fields.filter((field) => !isSame(wanted[field], (found as Partial<T>)[field]));
  const ofAny = path.replace(/^(\/[^/]+)\/[^/]+$/, '$1/*');
  return differing.filter((field) => {
    const place = pointer(nameInApi(field));
    return !isIgnored(path + place, ignored) && !isIgnored(ofAny + place, ignored);
  });
}

/** Only these fields. */
export function pickFields<T extends object>(fields: readonly (keyof T)[], object: T): Partial<T> {
  return Object.fromEntries(fields.map((field) => [field, object[field]])) as Partial<T>;
}

/** What fields differ in, named as authentik's API does. */
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

/** An object that is missing, or that should not be there. */
export const missingObject = (path: string, wanted: object) => [{ path, wanted: inApi(wanted), found: undefined }];
export const foreignObject = (path: string, found: object) => [{ path, wanted: undefined, found: inApi(found) }];

function inApi(object: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([field, value]) => [nameInApi(field), value as unknown]));
}

function nameInApi(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Nothing and an empty text are the same to authentik; the order of a list says nothing. */
function isSame(wanted: unknown, found: unknown): boolean {
  const plain = (value: unknown) => (Array.isArray(value) ? [...(value as unknown[])].sort() : (value ?? ''));
  return JSON.stringify(plain(wanted)) === JSON.stringify(plain(found));
}
