import type { Fields, User } from '../store/state.js';

/** A call of the API by somebody who is known, with its path's placeholders filled. */
export type Call = {
  readonly method: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Fields;
  readonly user: User;
  /** Where the caller reached us, e.g. `http://127.0.0.1:9000`. */
  readonly base: string;
  readonly agent: string;
};

export type Answer = {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
};

/** `path` has placeholders such as `:pk`; `right` is what the caller must be allowed, null for any known caller. */
export type Route = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly right: string | null;
  readonly handle: (call: Call) => Answer | Promise<Answer>;
};

/** An answer that ends the call at once: a refusal as the API words it. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(
    readonly status: number,
    readonly body: unknown,
  ) {
    super(`refused with ${status}`);
  }
}

export const ok = (body: unknown, status = 200): Answer => ({ status, body });
export const noContent: Answer = { status: 204 };

export function invalid(field: string, message: string): never {
  throw new Refused(400, { [field]: [message] });
}

export function notFound(model: string): never {
  throw new Refused(404, { detail: `No ${model} matches the given query.` });
}
