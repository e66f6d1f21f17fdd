import type { Json } from '../data/json.js';
import type { Loss } from '../values/loss.js';
import type { ResolvedSecrets } from './resolved-secrets.js';

/** Id of a Caddy module that standard builds do not have. */
export type ProxyModule = 'http.handlers.rate_limit';

/** One kind of middleware: its syntax, its position, and its Caddy handlers. */
export interface MiddlewareKind {
  readonly name: string;
  /** Its effect in one sentence, for the reference. */
  readonly summary: string;
  /** Its syntax, for messages and help. */
  readonly form: string;
  /** A guard runs before sign-in, a transform directly before the upstream. */
  readonly stage: 'guard' | 'transform';
  /** The Caddy module that it needs; absent: standard builds have all. */
  readonly module?: ProxyModule;
  /** A kind that must not come before it, with the reason. */
  readonly neverAfter?: { readonly name: string; readonly why: string };
  /** Compares the middleware of this kind before and after a change; null: it protects nothing, so it may go unasked. */
  readonly losses: Losses | null;
  /** Parses the argument after the colon, trimmed; null: there is none. Returns a message when it is invalid. */
  read(argument: string | null): Reading | string;
}

/** The `replaces` key of kinds that a route usually has once: a new middleware replaces all of its kind. */
export const WHOLE_KIND = '';

/** One middleware of a route. */
export interface Middleware extends Reading {
  readonly kind: MiddlewareKind;
  /** The canonical text. */
  readonly text: string;
}

/** A parsed middleware without its kind. */
export interface Reading {
  /** Canonical form: parsing it again gives the same. */
  readonly argument: string | null;
  /** Key among middleware of its kind: a route has each key once. Absent: a route has one of the kind. */
  readonly identity?: string;
  /** Key among middleware of its kind: a new middleware replaces all with the same key. See {@link WHOLE_KIND}. */
  readonly replaces: string;
  /** It answers every request itself. */
  readonly isFinal?: boolean;
  /** Host that it redirects every visitor to. */
  readonly sendsTo?: string;
  /** A header that the proxy sets on the request to the upstream, where no client can remove or replace it. */
  readonly requestHeader?: RequestHeader;
  handlers(site: Site): Json[];
}

/**
 * A header of the request to the upstream. It is set by the proxy handler and not before it: Caddy removes the headers that
 * a client names in `Connection` (RFC 9110, 7.6.1), except those that the proxy handler sets.
 */
export interface RequestHeader {
  readonly name: string;
  /** A text of Caddy, with its placeholders and escapes; null: the header is removed. */
  readonly value: string | null;
  /** Wins over a header of the same name in the route's `headers`. */
  readonly winsOverHeaders: boolean;
}

/** Returns what a change of the middleware of one kind takes away from a site's protection. */
export type Losses = (before: readonly Middleware[], after: readonly Middleware[]) => readonly Loss[];

/** The route that a middleware is compiled for. */
export interface Site {
  readonly domain: string;
  readonly secrets: ResolvedSecrets;
}
