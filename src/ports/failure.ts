import type { ErrorKind } from '../domain/refusal.js';

/**
 * What an adapter throws. `kind` says what to do next (see `ErrorKind`); `system` names the part and
 * where it was looked for, e.g. `caddy at unix//run/caddy.sock`; `hint` is an imperative sentence.
 */
export class Failure extends Error {
  override readonly name = 'Failure';

  /** By shape: each bundle of dist/ has its own copy of this class. */
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
      /** It was waited for long enough; trying again at once would only wait again. */
      readonly hasWaited?: boolean;
    } = {},
  ) {
    super(message, { cause: details.cause });
  }
}

/** Why something did not answer, for a person: the system's own code, or that the time was over; never a riddle of the client's. */
export function networkErrorReason(error: unknown): string {
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    if (one.name === 'TimeoutError' || one.name === 'AbortError') return 'no answer in time';
    const { code } = one as { code?: unknown };
    if (typeof code === 'string') return code;
    if (!(one.cause instanceof Error)) return one.message;
  }
  return String(error);
}
