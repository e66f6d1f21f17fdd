import type { Fields, User } from '../store/state.js';

/** A call of the API by an authenticated user. `params` are the values of the path's placeholders. */
export type Call = {
  readonly method: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Fields;
  readonly user: User;
  /** Base URL that the caller used, for example `http://127.0.0.1:9000`. */
  readonly base: string;
  readonly agent: string;
};

/** An answer of the API. */
export type Answer = {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
};

/** A route of the API. `path` has placeholders such as `:pk`; `right` is required of the caller, null for any user. */
export type ApiRoute = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly right: string | null;
  /** Finds the object of a call for a caller who may only view it. Throws `Refused`, which goes before a missing `right`. */
  readonly find?: { readonly right: string | null; readonly run: (call: Call) => unknown };
  readonly handle: (call: Call) => Answer | Promise<Answer>;
};

/** Ends a call with an error status and the API's body for it. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(
    readonly status: number,
    readonly body: unknown,
  ) {
    super(`refused with ${status}`);
  }
}

/** Returns an answer with a body; status 200 by default. */
export const ok = (body: unknown, status = 200): Answer => ({ status, body });
/** The answer 204. */
export const noContent: Answer = { status: 204 };

/** Throws 400 with the message of one field. */
export function badRequest(field: string, message: string): never {
  throw new Refused(400, { [field]: [message] });
}

/** Throws 403 for a caller without the right. */
export function forbidden(): never {
  throw new Refused(403, { detail: 'You do not have permission to perform this action.' });
}

/** Throws 404 for an object of the model. */
export function notFound(model: string): never {
  throw new Refused(404, { detail: `No ${model} matches the given query.` });
}
