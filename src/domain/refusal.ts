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
  /** Flag with which a person has it carried out anyway; absent: nobody can. */
  readonly acceptedBy?: '--force' | '--yes';
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

/** Every exit code with its general meaning, which the help of a command may refine. Scripts rely on the numbers. */
export const exitCodes = {
  done: { code: 0, meaning: 'done, or nothing to change' },
  undone: { code: 1, meaning: 'a system refused or the check afterwards failed, and everything was undone' },
  invalid: { code: 2, meaning: 'the request is invalid' },
  missing: { code: 3, meaning: 'the named thing does not exist' },
  conflict: { code: 4, meaning: 'it exists already, is in use, or somebody else changed it first' },
  denied: { code: 5, meaning: 'a system refused Hecate’s credentials, or the operator may not do it' },
  unavailable: { code: 6, meaning: 'a system is down; the message names it' },
  lost: { code: 7, meaning: 'a person must act: an undo failed, or the log was lost or an older one restored' },
  wouldChange: { code: 8, meaning: 'with --exit-code: something differs, or a dry run would change something' },
  held: { code: 9, meaning: 'held: a change in Git is known and was not applied; the output says why' },
  unverified: {
    code: 10,
    meaning:
      'nothing is wrong with the log, but no signature proves it, or older messages lack one; the output says why',
  },
  bug: { code: 70, meaning: 'a bug in Hecate' },
  detached: { code: 130, meaning: 'Ctrl-C; the operation continues' },
} as const;

/** Name of an exit code. */
export type ExitCode = keyof typeof exitCodes;
