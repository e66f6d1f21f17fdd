import { beginningOf } from '../../domain/data/shorten.js';
import type { LineCounter } from 'yaml';
import { redactLine } from '../../domain/values/redaction.js';
import type { SourcePosition, Problem, ProblemCode } from '../../domain/manifests/problems.js';

const LONGEST_LINE = 160;
/** Longest part of a line that is looked through for passwords. */
const LONGEST_SCANNED = 4_000;

/** A file's text with the offsets of its lines. */
export interface SourceText {
  readonly path: string;
  readonly text: string;
  readonly counter: LineCounter;
  /** True when a line may contain a secret's value, so that quoted lines show only their keys. */
  readonly hidesValues?: boolean;
}

/** Returns the position of a character, with its line. The line has at most 160 characters and no passwords. */
export function positionIn({ path, text, counter, hidesValues = false }: SourceText, offset: number): SourcePosition {
  const { line, col } = counter.linePos(Math.min(offset, text.length));
  const start = counter.lineStarts[line - 1] ?? 0;
  const end = text.indexOf('\n', start);
  const scanned = text.slice(start, Math.min(end === -1 ? text.length : end, start + LONGEST_SCANNED + 1));
  const whole = beginningOf(scanned, LONGEST_SCANNED).replace(/\r$/, '');
  return { path, line, column: col, text: shortened(hidesValues ? withoutValue(whole) : redactLine(whole)) };
}

function shortened(line: string): string {
  return line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line;
}

/** Replaces the value in a line by `…`, whatever its length. A line without a key counts as a value. */
function withoutValue(line: string): string {
  const named = /^[\s"'{]*(?:- ["'{ ]*)?[\w.-]+["']?\s*:/.exec(line)?.[0];
  const [indent = ''] = /^\s*/.exec(line) ?? [];
  if (line.trim() === '' || named?.length === line.trimEnd().length) return line;
  return named === undefined ? `${indent}…` : `${named} …`;
}

/** Returns the position of a whole file: line and column 0. */
export function wholeFilePosition(path: string): SourcePosition {
  return { path, line: 0, column: 0, text: '' };
}

/** Creates a problem of a whole file. */
export function fileProblem(path: string, code: ProblemCode, message: string): Problem {
  return { code, message, at: wholeFilePosition(path) };
}
