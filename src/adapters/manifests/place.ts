import type { LineCounter } from 'yaml';
import { redactLine } from '../../domain/values/redaction.js';
import type { Place, Problem, ProblemCode } from '../../domain/manifests/problems.js';

const LONGEST_LINE = 160;

/** A file's text with where its lines begin. */
export interface Lines {
  readonly path: string;
  readonly text: string;
  readonly counter: LineCounter;
  /** What is wrong may be that a secret's value stands there, so no value of a line is shown. */
  readonly isVeiled?: boolean;
}

/** The place of a character in a file. */
export function placeIn({ path, text, counter, isVeiled = false }: Lines, offset: number): Place {
  const { line, col } = counter.linePos(Math.min(offset, text.length));
  const start = counter.lineStarts[line - 1] ?? 0;
  const end = text.indexOf('\n', start);
  const whole = text.slice(start, end === -1 ? undefined : end).replace(/\r$/, '');
  return { path, line, column: col, text: shortened(isVeiled ? veiled(whole) : redactLine(whole)) };
}

function shortened(line: string): string {
  return line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line;
}

/** A line up to its first colon; one without is a value as a whole. Dots do not tell how long it is. */
function veiled(line: string): string {
  const named = /^\s*(- )?["'{ ]*[\w.-]+["']?\s*:/.exec(line)?.[0];
  const [indent = ''] = /^\s*/.exec(line) ?? [];
  if (line.trim() === '' || named?.length === line.trimEnd().length) return line;
  return named === undefined ? `${indent}…` : `${named} …`;
}

/** The place of a file as a whole. */
export function wholeFile(path: string): Place {
  return { path, line: 0, column: 0, text: '' };
}

/** A problem of a file as a whole. */
export function fileProblem(path: string, code: ProblemCode, message: string): Problem {
  return { code, message, at: wholeFile(path) };
}
