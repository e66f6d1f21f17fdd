import type { LineCounter } from 'yaml';
import type { Place, Problem, ProblemCode } from '../../domain/manifest-source.js';

const LONGEST_LINE = 160;

/** A file's text with where its lines begin. */
export interface Lines {
  readonly path: string;
  readonly text: string;
  readonly counter: LineCounter;
}

/** The place of a character in a file. */
export function placeIn({ path, text, counter }: Lines, offset: number): Place {
  const { line, col } = counter.linePos(Math.min(offset, text.length));
  const start = counter.lineStarts[line - 1] ?? 0;
  const end = text.indexOf('\n', start);
  const whole = text.slice(start, end === -1 ? undefined : end).replace(/\r$/, '');
  const shown = whole.length > LONGEST_LINE ? `${whole.slice(0, LONGEST_LINE)}…` : whole;
  return { path, line, column: col, text: shown };
}

/** The place of a file as a whole. */
export function wholeFile(path: string): Place {
  return { path, line: 0, column: 0, text: '' };
}

/** A problem of a file as a whole. */
export function fileProblem(path: string, code: ProblemCode, message: string): Problem {
  return { code, message, at: wholeFile(path) };
}
