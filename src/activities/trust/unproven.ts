import type { ErrorKind } from '../../domain/refusal.js';
import { Failure } from '../../ports/failure.js';

/** Reasons for which a worker does not do what it is asked to. */
export type UnprovenCode =
  | 'request-unsigned'
  | 'request-altered'
  | 'request-foreign'
  | 'request-replayed'
  | 'request-stale'
  | 'operator-unknown'
  | 'operators-missing'
  | 'role-too-low'
  | 'activity-not-allowed'
  | 'input-malformed';

/** The failure of a request that is not proven, or that its operator may not make. */
export interface Unproven extends Failure {
  readonly code: UnprovenCode;
  /** Operator whose signature fits; null: nobody's does. */
  readonly signer: string | null;
  /** Tells it from other refusals of the same activity in the same run; empty: they are the same. */
  readonly of: string;
}

/** Creates the failure; a stale request is a `conflict`, since the same command again may succeed, and the others `denied`. */
export function unproven(
  code: UnprovenCode,
  {
    message,
    hint,
    signer = null,
    of = '',
  }: { readonly message: string; readonly hint: string; readonly signer?: string | null; readonly of?: string },
): Unproven {
  const kind: ErrorKind = code === 'request-stale' ? 'conflict' : 'denied';
  return Object.assign(new Failure(kind, message, { hint }), { code, signer, of });
}

/** Returns true for the failure of an unproven request. */
export function isUnproven(error: unknown): error is Unproven {
  return error instanceof Failure && 'code' in error && 'signer' in error;
}
