import { LineCounter, type Document, type YAMLError } from 'yaml';
import { redactAddresses } from '../../domain/values/redaction.js';
import { readManifest } from '../../domain/manifests/manifest.js';
import type { FieldPath } from '../../domain/manifests/form.js';
import type { ManifestIssue } from '../../domain/manifests/issues.js';
import { nearest } from '../../domain/data/nearest.js';
import type { Place, Problem, SourceResource } from '../../domain/manifests/problems.js';
import type { ManifestFile } from './manifest-file.js';
import { offsetOf } from './node-offset.js';
import { fileProblem, placeIn, type Lines } from './place.js';
import { keysGivenTwice } from './twice-given.js';
import { TooMuch, yamlDocuments } from './yaml-documents.js';

/** How often aliases may multiply what a document says; beyond that it is a bomb. */
const MOST_ALIASES = 100;
/** What is wrong with one document is told up to here: each place must be searched for, and nobody reads more. */
const MOST_PROBLEMS = 100;

/** A resource with the way to where its fields stand. */
export interface ParsedResource {
  readonly resource: SourceResource;
  readonly placeOf: (field: FieldPath) => Place;
}

/** What one file says. */
export interface ParsedFile {
  readonly resources: readonly ParsedResource[];
  readonly problems: readonly Problem[];
  /** Resources that are meant but not described rightly; what refers to them is not blamed too. */
  readonly meant: readonly Named[];
}

/** A resource by its kind and `metadata.name`, as a document gives them. */
export interface Named {
  readonly kind: string;
  readonly name: string;
}

const nothing: ParsedFile = { resources: [], problems: [], meant: [] };

/** Reads the manifests of one file; empty documents say nothing. Pauses after each, so that others may have their turn. */
export function* parseFile({ path, text }: ManifestFile): Generator<void, ParsedFile> {
  const lines: Lines = { path, text, counter: new LineCounter() };
  const read: ParsedFile[] = [];
  try {
    for (const document of yamlDocuments(text, lines.counter)) {
      read.push(parseDocument(document, lines));
      yield;
    }
  } catch (error) {
    if (!(error instanceof TooMuch)) throw error;
    const at = placeIn(veiledIf(MENTIONS_SECRET.test(text), lines), error.offset);
    return { ...nothing, problems: [{ code: error.code, message: error.message, at }] };
  }
  return {
    resources: read.flatMap(({ resources }) => resources),
    problems: read.flatMap(({ problems }) => problems),
    meant: read.flatMap(({ meant }) => meant),
  };
}

function parseDocument(document: Document.Parsed, lines: Lines): ParsedFile {
  const errors = [...document.errors, ...document.warnings, ...keysGivenTwice(document)];
  if (errors.length > 0) {
    // Where a broken document ends is not sure, so the whole file counts.
    const shown = veiledIf(MENTIONS_SECRET.test(lines.text), lines);
    const problems = errors.slice(0, MOST_PROBLEMS).map((error) => yamlProblem(error, shown));
    if (!errors.every(({ code }) => code === 'DUPLICATE_KEY')) return { ...nothing, problems };
    // What such a document says is clear but for these keys, so the rest is looked at too.
    const read = parseSound(document, shown);
    return { resources: [], problems: [...problems, ...read.problems], meant: namesOf(read) };
  }
  return parseSound(document, lines);
}

/** What resources a file describes or means. */
function namesOf({ resources, meant }: ParsedFile): Named[] {
  return [...meant, ...resources.map(({ resource }) => resource)];
}

function parseSound(document: Document.Parsed, lines: Lines): ParsedFile {
  const plain = plainValue(document);
  if ('bomb' in plain) return { ...nothing, problems: [fileProblem(lines.path, 'HEC004', plain.bomb)] };
  if (plain.value === null || plain.value === undefined) return nothing;
  const described = readManifest(plain.value);
  if (!('kind' in described)) {
    const shown = veiledIf(isMaybeSecret(plain.value), lines);
    const problems = described.slice(0, MOST_PROBLEMS).map((issue) => manifestProblem(issue, document, shown));
    return { resources: [], problems, meant: namedBy(plain.value) };
  }
  const { path, line, column } = placeIn(lines, offsetOf(document, []));
  const resource = { ...described, at: { path, line, column } };
  const placeOf = (field: FieldPath) => placeIn(lines, offsetOf(document, field));
  return { ...nothing, resources: [{ resource, placeOf }] };
}

const MENTIONS_SECRET = /\bkind["']?\s*:\s*["']?secret/i;

/** What is wrong and may be meant for a secret may hold its value: the kind may be misspelt, or not be said. */
function isMaybeSecret(document: unknown): boolean {
  const { kind } = document as { readonly kind?: unknown };
  if (typeof kind !== 'string') return true;
  return /^secret/i.test(kind) || nearest(kind.toLowerCase(), ['secret']) !== undefined;
}

function veiledIf(isVeiled: boolean, lines: Lines): Lines {
  return isVeiled ? { ...lines, isVeiled } : lines;
}

function namedBy(document: unknown): Named[] {
  const { kind, metadata } = document as { kind?: unknown; metadata?: { name?: unknown } | null };
  const name = metadata?.name;
  return typeof kind === 'string' && typeof name === 'string' ? [{ kind, name }] : [];
}

function plainValue(document: Document.Parsed): { readonly value: unknown } | { readonly bomb: string } {
  try {
    return { value: document.toJS({ maxAliasCount: MOST_ALIASES }) };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return { bomb: `its aliases multiply what it says more than ${MOST_ALIASES} times` };
  }
}

function yamlProblem({ code, message, pos: [offset] }: YAMLError, lines: Lines): Problem {
  const at = placeIn(lines, offset);
  const isTwice = code === 'DUPLICATE_KEY';
  // Either message would quote the text.
  if (lines.isVeiled) return { code: isTwice ? 'HEC005' : 'HEC003', message: `it is broken (${code})`, at };
  return isTwice
    ? { code: 'HEC005', message: `the key ${keyAt(lines.text, offset)} is given twice`, at }
    : { code: 'HEC003', message: redactAddresses(message), at };
}

function keyAt(text: string, offset: number): string {
  return /^[^:\n]*/.exec(text.slice(offset, offset + 100))?.[0].trim() ?? '';
}

function manifestProblem(
  { code, message, path, isAboutName }: ManifestIssue,
  document: Document.Parsed,
  lines: Lines,
): Problem {
  return { code, message: redactAddresses(message), at: placeIn(lines, offsetOf(document, path, isAboutName)) };
}
