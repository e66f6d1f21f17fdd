import type { ErrorKind } from '../domain/refusal.js';

/**
 * Error of a system or of the user's input. `kind` decides the exit code and retries (see `ErrorKind`); `system` names
 * the system and its address, such as `caddy at unix//run/caddy.sock`; `hint` is the way out, with a whole command.
 */
export class Failure extends Error {
  override readonly name = 'Failure';

  /** Compares by shape: each bundle of dist/ has its own copy of this class. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === 'Failure' && 'kind' in value;
  }

  constructor(
    readonly kind: ErrorKind,
    message: string,
    readonly details: {
      readonly system?: string;
      readonly hint?: string;
      readonly cause?: unknown;
      /** The adapter has waited already, so an immediate retry would only wait again. */
      readonly hasWaited?: boolean;
    } = {},
  ) {
    super(message, { cause: details.cause });
  }
}

/** Returns why a system did not answer: the network's error code such as `ECONNREFUSED`, or `no answer in time`. */
export function networkErrorReason(error: unknown): string {
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    if (one.name === 'TimeoutError' || one.name === 'AbortError') return 'no answer in time';
    const { code } = one as { code?: unknown };
    if (typeof code === 'string') return code;
    if (!(one.cause instanceof Error)) return one.message;
  }
  return String(error);
}
