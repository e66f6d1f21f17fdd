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
