import { z } from 'zod';
import type { FieldPath, ManifestForm } from './form.js';
import { nearest } from '../data/nearest.js';

/** Code of a reason why a document is not a valid manifest. */
export type IssueCode = 'HEC006' | 'HEC007' | 'HEC008' | 'HEC009' | 'HEC012' | 'HEC013';

/** A problem at one field of a document. */
export interface ManifestIssue {
  readonly code: IssueCode;
  readonly path: FieldPath;
  /** The problem is the field's name, not its value. */
  readonly isAboutName: boolean;
  readonly message: string;
}

type Issue = z.core.$ZodIssue;

/** A document, with the schema and form of its kind. */
interface CheckedDocument {
  readonly schema: z.ZodType | undefined;
  readonly document: unknown;
  readonly form: Pick<ManifestForm, 'forbidden'>;
}

/** Returns all problems of a document that does not match its schema, with messages for people. */
export function documentIssues(checked: CheckedDocument, error: z.ZodError | undefined): ManifestIssue[] {
  return (error?.issues ?? []).flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? unknownFields(checked, issue) : [valueIssue(issue, checked.document)],
  );
}

/** Most unknown fields that are named. */
const MOST_FIELDS = 100;

function unknownFields(
  { schema, document, form }: CheckedDocument,
  issue: Issue & { readonly keys: string[] },
): ManifestIssue[] {
  const path = pathOf(issue);
  const known = fieldsAt(schema, path);
  const { metadata } = document as { readonly metadata?: { readonly name?: unknown } | null };
  return issue.keys.slice(0, MOST_FIELDS).map((key) => {
    const why = form.forbidden?.(key, metadata?.name) ?? null;
    if (why !== null) return { code: 'HEC013', path: [...path, key], isAboutName: true, message: why };
    const close = nearestField(key, known);
    const hint = close ? `did you mean ${close}?` : `the fields here are ${known.join(', ')}`;
    const message = `${[...path, key].join('.')} is not a field; ${hint}`;
    return { code: 'HEC007', path: [...path, key], isAboutName: true, message };
  });
}

/** Ignores case, hyphens and underscores, so that `require_mfa` finds `requireMFA`. */
function nearestField(key: string, known: readonly string[]): string | undefined {
  const folded = (text: string) => text.toLowerCase().replace(/[-_]/g, '');
  const close = nearest(folded(key), known.map(folded));
  return known.find((name) => folded(name) === close);
}

function valueIssue(issue: Issue, document: unknown): ManifestIssue {
  const path = pathOf(issue);
  const value = path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown>)?.[key], document);
  const name = path.join('.');
  if (value === undefined) {
    return { code: 'HEC008', path: path.slice(0, -1), isAboutName: true, message: `${name} is missing` };
  }
  const isVersion = path.at(-1) === 'minVersion';
  const message = issue.code === 'invalid_type' ? wrongType(name, issue.expected, value) : issueText(name, issue);
  return { code: isVersion ? 'HEC012' : 'HEC008', path, isAboutName: false, message };
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a string',
  boolean: 'true or false',
  number: 'a number',
  int: 'a whole number',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

function wrongType(name: string, expected: string, value: unknown): string {
  const wanted = TYPES[expected] ?? expected;
  if (value === null) return `${name} is empty; give it ${wanted}, or remove it`;
  const is = TYPES[Array.isArray(value) ? 'array' : typeof value] ?? 'of another type';
  const quote = expected === 'string' && typeof value !== 'object' ? '; put it in quotes' : '';
  return `${name} must be ${wanted}, but is ${is === 'true or false' ? 'a boolean' : is}${quote}`;
}

function issueText(name: string, issue: Issue): string {
  return issue.code === 'invalid_value' && issue.message.startsWith('Invalid')
    ? `${name} must be ${issue.values
        .map(String)
        .join(', ')
        .replace(/, ([^,]*)$/, ' or $1')}`
    : `${name}: ${issue.message}`;
}

function pathOf(issue: Issue): (string | number)[] {
  return issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key));
}

/** Returns the names of the fields that a schema has at a path; none when there is no object. */
function fieldsAt(schema: z.ZodType | undefined, path: FieldPath): string[] {
  const found = path.reduce<z.ZodType | undefined>((outer, key) => {
    const inner = withoutWrappers(outer);
    if (inner instanceof z.ZodObject) return (inner.shape as Record<string, z.ZodType>)[key];
    return inner instanceof z.ZodArray ? (inner.element as z.ZodType) : undefined;
  }, schema);
  const inner = withoutWrappers(found);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

/** Returns the schema inside `optional`, `default` and `prefault`. */
function withoutWrappers(schema: z.ZodType | undefined): z.ZodType | undefined {
  const isWrapped =
    schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  return isWrapped ? withoutWrappers(schema.unwrap() as z.ZodType) : schema;
}
