import { withShortWords } from '../../domain/data/shorten.js';
import { LineCounter, visit, type Alias, type Document, type YAMLError } from 'yaml';
import { redactAddresses } from '../../domain/values/redaction.js';
import { impliedBy, readManifest } from '../../domain/manifests/manifest.js';
import type { FieldPath } from '../../domain/manifests/form.js';
import type { ManifestIssue } from '../../domain/manifests/issues.js';
import { nearest } from '../../domain/data/nearest.js';
import type { SourcePosition, Problem, SourceResource } from '../../domain/manifests/problems.js';
import type { ManifestFile } from './manifest-file.js';
import { offsetOf } from './node-offset.js';
import { fileProblem, positionIn, type SourceText } from './source-position.js';
import { duplicateKeyErrors } from './duplicate-keys.js';
import { YamlLimitError, yamlDocuments } from './yaml-documents.js';

/** Largest growth of a document by its aliases. More is an attack known as a YAML bomb. */
const MOST_ALIASES = 100;
/** Largest number of problems reported for a document, since finding the position of each takes time. */
const MOST_PROBLEMS = 100;

/** A resource, with a function that finds the position of a field. */
export interface ParsedResource {
  readonly resource: SourceResource;
  readonly positionOf: (field: FieldPath) => SourcePosition;
}

/** Contents of one file: its resources, or its problems. */
export interface ParsedFile {
  readonly resources: readonly ParsedResource[];
  readonly problems: readonly Problem[];
  /** Names of resources whose manifests have problems. References to them are not reported as well. */
  readonly meant: readonly UncheckedName[];
}

/** Kind and `metadata.name` of a resource, unchecked, as written in a document. */
export interface UncheckedName {
  readonly kind: string;
  readonly name: string;
}

const nothing: ParsedFile = { resources: [], problems: [], meant: [] };

/** Reads the manifests of one file and skips empty documents. Yields after each document, so that the caller may pause. */
export function* parseFile({ path, text }: ManifestFile): Generator<void, ParsedFile> {
  const lines: SourceText = { path, text, counter: new LineCounter() };
  const read: ParsedFile[] = [];
  try {
    for (const document of yamlDocuments(text, lines.counter)) {
      read.push(parseDocument(document, lines));
      yield;
    }
  } catch (error) {
    if (!(error instanceof YamlLimitError)) throw error;
    const at = positionIn(hidingValues(MENTIONS_SECRET.test(text), lines), error.offset);
    return { ...nothing, problems: [{ code: error.code, message: error.message, at }] };
  }
  return {
    resources: read.flatMap(({ resources }) => resources),
    problems: read.flatMap(({ problems }) => problems),
    meant: read.flatMap(({ meant }) => meant),
  };
}

function parseDocument(document: Document.Parsed, lines: SourceText): ParsedFile {
  const errors = [...document.errors, ...document.warnings, ...duplicateKeyErrors(document)];
  if (errors.length > 0) {
    // The end of a broken document is uncertain, so look for a secret in the whole file.
    const shown = hidingValues(MENTIONS_SECRET.test(lines.text), lines);
    const problems = errors.slice(0, MOST_PROBLEMS).map((error) => yamlProblem(error, shown));
    if (!errors.every(({ code }) => code === 'DUPLICATE_KEY')) return { ...nothing, problems };
    // A document with only duplicate keys is otherwise readable, so check the rest too.
    const read = parseSound(document, shown);
    return { resources: [], problems: [...problems, ...read.problems], meant: namesOf(read) };
  }
  return parseSound(document, lines);
}

/** Names of all resources in a file, with and without problems. */
function namesOf({ resources, meant }: ParsedFile): UncheckedName[] {
  return [...meant, ...resources.map(({ resource }) => resource)];
}

function parseSound(document: Document.Parsed, lines: SourceText): ParsedFile {
  const dangling = danglingAlias(document);
  if (dangling !== null) return { ...nothing, problems: [aliasProblem(dangling, lines)] };
  const plain = plainValue(document);
  if ('bomb' in plain) return { ...nothing, problems: [fileProblem(lines.path, 'HEC004', plain.bomb)] };
  if (plain.value === null || plain.value === undefined) return nothing;
  const described = readManifest(plain.value);
  if (!('kind' in described)) {
    const shown = hidingValues(isMaybeSecret(plain.value), lines);
    const problems = described.slice(0, MOST_PROBLEMS).map((issue) => manifestProblem(issue, document, shown));
    return { resources: [], problems, meant: namedBy(plain.value) };
  }
  const { path, line, column } = positionIn(lines, offsetOf(document, []));
  const resource = { ...described, at: { path, line, column } };
  const positionOf = (field: FieldPath) => positionIn(lines, offsetOf(document, field));
  const implied = impliedBy(described).map((one) => ({
    resource: { ...one.resource, at: positionOf(one.field) },
    positionOf: (field: FieldPath) => positionOf(impliedField(one.field, field)),
  }));
  return { ...nothing, resources: [{ resource, positionOf }, ...implied] };
}

/** Returns the field of the manifest that describes a field of an implied resource. What it does not write is at the whole. */
function impliedField(whole: FieldPath, [part, ...field]: FieldPath): FieldPath {
  return part === 'spec' ? [...whole, ...field] : whole;
}

const MENTIONS_SECRET = /\bkind["']?\s*:\s*["']?secret/i;

/** Returns true when a document may be a manifest of a secret, also with a misspelt or missing kind. */
function isMaybeSecret(document: unknown): boolean {
  const { kind } = document as { readonly kind?: unknown };
  if (typeof kind !== 'string') return true;
  return /^secret/i.test(kind) || nearest(kind.toLowerCase(), ['secret']) !== undefined;
}

function hidingValues(hides: boolean, lines: SourceText): SourceText {
  return hides ? { ...lines, hidesValues: true } : lines;
}

function namedBy(document: unknown): UncheckedName[] {
  const { kind, metadata } = document as { kind?: unknown; metadata?: { name?: unknown } | null };
  const name = metadata?.name;
  return typeof kind === 'string' && typeof name === 'string' ? [{ kind, name }] : [];
}

/** Returns the first alias whose anchor is not set before it; null: there is none. */
function danglingAlias(document: Document.Parsed): Alias | null {
  const anchors = new Set<string>();
  let found: Alias | null = null;
  visit(document, {
    Node(_key, node) {
      if ('anchor' in node && node.anchor) anchors.add(node.anchor);
    },
    Alias(_key, node) {
      if (anchors.has(node.source)) return undefined;
      found = node;
      return visit.BREAK;
    },
  });
  return found;
}

function aliasProblem(alias: Alias, lines: SourceText): Problem {
  const shown = hidingValues(MENTIONS_SECRET.test(lines.text), lines);
  const name = shown.hidesValues ? '' : ` *${alias.source}`;
  const message = `the alias${name.slice(0, 100)} has no anchor before it; write the value out, or set the anchor with &`;
  return { code: 'HEC003', message, at: positionIn(shown, alias.range?.[0] ?? 0) };
}

function plainValue(document: Document.Parsed): { readonly value: unknown } | { readonly bomb: string } {
  try {
    return { value: document.toJS({ maxAliasCount: MOST_ALIASES }) };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return { bomb: `the aliases of a document expand it more than ${MOST_ALIASES} times; write the values out` };
  }
}

function yamlProblem({ code, message, pos: [offset] }: YAMLError, lines: SourceText): Problem {
  const at = positionIn(lines, offset);
  const isTwice = code === 'DUPLICATE_KEY';
  // The usual messages quote the text, which may be a secret.
  if (lines.hidesValues) {
    return isTwice
      ? { code: 'HEC005', message: 'a key is given twice; remove one of them', at }
      : { code: 'HEC003', message: `invalid YAML (${code}); the text is not shown, since it may be a secret`, at };
  }
  return isTwice
    ? { code: 'HEC005', message: `the key ${keyAt(lines.text, offset)} is given twice; remove one of them`, at }
    : { code: 'HEC003', message: shown(message), at };
}

/** A message without passwords and with long words cut. */
function shown(message: string): string {
  return withShortWords(redactAddresses(message));
}

function keyAt(text: string, offset: number): string {
  return /^[^:\n]*/.exec(text.slice(offset, offset + 100))?.[0].trim() ?? '';
}

function manifestProblem(
  { code, message, path, isAboutName }: ManifestIssue,
  document: Document.Parsed,
  lines: SourceText,
): Problem {
  return { code, message: shown(message), at: positionIn(lines, offsetOf(document, path, isAboutName)) };
}
