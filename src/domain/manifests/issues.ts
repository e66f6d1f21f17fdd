import { z } from 'zod';
import type { FieldPath, ManifestForm } from './form.js';
import { nearest } from '../data/nearest.js';

/** Codes of what keeps a document from being read as a manifest. */
export type IssueCode = 'HEC006' | 'HEC007' | 'HEC008' | 'HEC009' | 'HEC012' | 'HEC013';

/** What is wrong with a document, at one of its fields. */
export interface ManifestIssue {
  readonly code: IssueCode;
  readonly path: FieldPath;
  /** It concerns the field's name rather than its value. */
  readonly isAboutName: boolean;
  readonly message: string;
}

type Issue = z.core.$ZodIssue;

/** A document and what it is held against. */
interface Judged {
  readonly schema: z.ZodType | undefined;
  readonly document: unknown;
  readonly form: Pick<ManifestForm, 'forbidden'>;
}

/** Every issue of a document that does not fit its schema, in words. */
export function documentIssues(judged: Judged, error: z.ZodError | undefined): ManifestIssue[] {
  return (error?.issues ?? []).flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? unknownFields(judged, issue) : [valueIssue(issue, judged.document)],
  );
}

function unknownFields(
  { schema, document, form }: Judged,
  issue: Issue & { readonly keys: string[] },
): ManifestIssue[] {
  const path = pathOf(issue);
  const known = fieldsAt(schema, path);
  const { metadata } = document as { readonly metadata?: { readonly name?: unknown } | null };
  return issue.keys.map((key) => {
    const why = form.forbidden?.(key, metadata?.name) ?? null;
    if (why !== null) return { code: 'HEC013', path: [...path, key], isAboutName: true, message: why };
    const close = nearestField(key, known);
    const hint = close ? `did you mean ${close}?` : `known are ${known.join(', ')}`;
    return { code: 'HEC007', path: [...path, key], isAboutName: true, message: `there is no field ${key}; ${hint}` };
  });
}

/** Upper and lower case and word breaks count for nothing: `require_mfa` means `requireMFA`. */
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
  const message = issue.code === 'invalid_type' ? wrongType(issue.expected, value) : wordsOf(issue);
  return { code: isVersion ? 'HEC012' : 'HEC008', path, isAboutName: false, message: `${name}: ${message}` };
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  boolean: 'true or false',
  number: 'a number',
  int: 'a whole number',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

function wrongType(expected: string, value: unknown): string {
  const wanted = TYPES[expected] ?? expected;
  if (value === null) return `it is empty; give ${wanted}, or leave the field out`;
  const is = TYPES[Array.isArray(value) ? 'array' : typeof value] ?? 'something else';
  const quote = expected === 'string' && typeof value !== 'object' ? `; write it in quotes` : '';
  return `it is ${is === 'true or false' ? 'a truth value' : is}, but must be ${wanted}${quote}`;
}

function wordsOf(issue: Issue): string {
  return issue.code === 'invalid_value' && issue.message.startsWith('Invalid')
    ? `it must be ${issue.values.map(String).join(', ')}`.replace(/, ([^,]*)$/, ' or $1')
    : issue.message;
}

function pathOf(issue: Issue): (string | number)[] {
  return issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key));
}

/** Names of the fields that a schema has at a path. */
function fieldsAt(schema: z.ZodType | undefined, path: FieldPath): string[] {
  const found = path.reduce<z.ZodType | undefined>((outer, key) => {
    const inner = bare(outer);
    if (inner instanceof z.ZodObject) return (inner.shape as Record<string, z.ZodType>)[key];
    return inner instanceof z.ZodArray ? (inner.element as z.ZodType) : undefined;
  }, schema);
  const inner = bare(found);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

/** Without what says that it may be left out. */
function bare(schema: z.ZodType | undefined): z.ZodType | undefined {
  const isWrapped =
    schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  return isWrapped ? bare(schema.unwrap() as z.ZodType) : schema;
}
