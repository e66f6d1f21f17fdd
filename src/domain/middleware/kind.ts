import type { Json } from '../data/json.js';
import type { ResolvedSecrets } from './resolved-secrets.js';

/** What a Caddy may lack, by its module's id. */
export type ProxyModule = 'http.handlers.rate_limit';

/** One kind of middleware: how it is written, where it acts, and what it becomes in Caddy. */
export interface MiddlewareKind {
  readonly name: string;
  /** What it does, in one sentence; stands in the reference. */
  readonly summary: string;
  /** How it is written, for messages and help. */
  readonly form: string;
  /** A guard acts before it is asked who the visitor is, a transform right before the upstream. */
  readonly stage: 'guard' | 'transform';
  /** What Caddy needs for it that stock builds lack. */
  readonly module?: ProxyModule;
  /** A kind that it cannot follow, and why. */
  readonly neverAfter?: { readonly name: string; readonly why: string };
  /** Reads what follows the name and its colon, trimmed; null: nothing does. Answers a text when that is not right: why. */
  read(argument: string | null): Reading | string;
}

/** What one middleware asks for. */
export interface Reading {
  /** Canonical: reading it again gives the same. */
  readonly argument: string | null;
  /** Which of its kind it is: a route has each once. Absent: it has one of the kind. */
  readonly identity?: string;
  /** No request passes it. */
  readonly isFinal?: boolean;
  /** Host that it sends every visitor to. */
  readonly sendsTo?: string;
  /** A header that the proxy itself sends to the upstream, computed for each request. */
  readonly told?: { readonly name: string; readonly placeholder: string };
  handlers(site: Site): Json[];
}

/** Where a middleware acts. */
export interface Site {
  readonly domain: string;
  readonly materials: ResolvedSecrets;
}
