import { exitCodes } from './exit-codes.js';

/** The five kinds of error, by what the caller should do next (exit codes 2–6), and the one that only a person can mend (7). */
export type ErrorKind = 'invalid' | 'missing' | 'conflict' | 'denied' | 'unavailable' | 'lost';

/** Why an operation will not be carried out. Returned, never thrown; `hint` is an imperative sentence. */
export interface Refusal {
  readonly kind: ErrorKind;
  /** A stable noun phrase, e.g. `route-exists`. */
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

const kinds: readonly string[] = [
  'invalid',
  'missing',
  'conflict',
  'denied',
  'unavailable',
  'lost',
] satisfies ErrorKind[];

/** The exit code of a command that ended with this kind of error. */
export function exitCodeOf(kind: ErrorKind): number {
  return exitCodes[kind].code;
}

/** Whether a text from elsewhere is a kind of error. */
export function isErrorKind(text: string): text is ErrorKind {
  return kinds.includes(text);
}
