import type { Json } from '../data/json.js';
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
  /** Parses the argument after the colon, trimmed; null: there is none. Returns a message when it is invalid. */
  read(argument: string | null): Reading | string;
}

/** The `replaces` key of kinds that a route usually has once: a new middleware replaces all of its kind. */
export const WHOLE_KIND = '';

/** A parsed middleware. */
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
  /** A request header that the proxy sets on the proxied request, with a Caddy placeholder as its value. */
  readonly requestHeader?: { readonly name: string; readonly placeholder: string };
  handlers(site: Site): Json[];
}

/** The route that a middleware is compiled for. */
export interface Site {
  readonly domain: string;
  readonly secrets: ResolvedSecrets;
}
