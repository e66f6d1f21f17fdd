import { exitCodes } from './exit-codes.js';

/**
 * The kind of an error, by what the caller should do next. It determines the exit code, 2 to 7. `invalid`: correct the input.
 * `missing`: something does not exist. `conflict`: something exists or changed meanwhile. `denied`: a credential or right is
 * missing. `unavailable`: a system does not answer, try again. `lost`: data is lost or inconsistent, a person must act.
 */
export type ErrorKind = 'invalid' | 'missing' | 'conflict' | 'denied' | 'unavailable' | 'lost';

/** A refusal of an operation, returned and never thrown. `hint` is an imperative sentence. */
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

/** Returns the exit code of a command that ended with this kind of error. */
export function exitCodeOf(kind: ErrorKind): number {
  return exitCodes[kind].code;
}

/** Returns true when a text from outside is a kind of error. */
export function isErrorKind(text: string): text is ErrorKind {
  return kinds.includes(text);
}
