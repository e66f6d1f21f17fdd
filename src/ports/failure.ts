import type { ErrorKind } from '../domain/refusal.js';

/**
 * What an adapter throws. `kind` says what to do next (see `ErrorKind`); `system` names the part and
 * where it was looked for, e.g. `caddy at unix//run/caddy.sock`; `hint` is an imperative sentence.
 */
export class Failure extends Error {
  override readonly name = 'Failure';
  constructor(
    readonly kind: ErrorKind,
    message: string,
    readonly details: { readonly system?: string; readonly hint?: string; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: details.cause });
  }
}
