import type { Generation } from '../domain/log/commit.js';
import type { ProxyDocument } from '../domain/caddy/document.js';
import type { ProxyModule } from '../domain/middleware/kind.js';
import type { CanaryTraffic } from '../domain/canary/traffic.js';

export type WriteResult =
  | { readonly kind: 'written' }
  /** Somebody else wrote since `expected` was read. Look again. */
  | { readonly kind: 'moved' }
  /** The proxy answered and refused; the old configuration stays live. `message` is its own words. */
  | { readonly kind: 'refused'; readonly message: string };

/** A certificate as visitors see it. */
export interface ServedCertificate {
  /** Name of who issued it. */
  readonly issuer: string;
  /** SHA-256 of it, hex. */
  readonly fingerprint: string;
  /** ISO 8601 UTC. */
  readonly notBefore: string;
  readonly notAfter: string;
}

/** A server with the request that shows whether it is well. */
export interface CheckedServer {
  readonly dial: string;
  readonly secure: boolean;
  readonly path: string;
  readonly timeoutMs: number;
}

/**
 * One reverse proxy. Every call ends within 5 s. Throws `Failure('unavailable')` when it cannot be reached.
 * When a connection breaks after a write was sent, the outcome is unknown and it is `moved`.
 */
export interface Proxy {
  /** How messages and `behind` name it, e.g. `caddy` or `caddy-2`. */
  readonly name: string;
  /** Where its admin endpoint is, for messages. */
  readonly address: string;
  /** What it was last converged to, and an opaque token that guards the next write; generation null when it has none. */
  current(): Promise<{ readonly generation: Generation | null; readonly guard: string }>;
  /** Replaces Hecate's own part with `document`, only if nothing moved since `guard` was read. The rest stays as it is. */
  write(document: ProxyDocument, guard: string): Promise<WriteResult>;
  /** Hecate's own server as it is configured now, whoever wrote it; null: there is none. */
  configured(): Promise<Readonly<Record<string, unknown>> | null>;
  /** The generation that the data plane serves now; null when it answers without one. */
  served(): Promise<Generation | null>;
  /** Which route's revision answers this host in generation `hash`: the revision, `none` when no route does, null when another generation is served. No upstream is asked. */
  answeredBy(host: string, hash: string): Promise<number | 'none' | null>;
  /** Whether `dial` accepts a TCP (or unix) connection within 2 s, as seen from here. Never throws. */
  dials(dial: string): Promise<boolean>;
  /** Whether its build has a module. Changes nothing. */
  hasModule(module: ProxyModule): Promise<boolean>;
  /** The certificate that a visitor of this host is shown on HTTPS; null when the handshake is refused. A wildcard is asked by a first label that nobody uses. */
  certificate(host: string): Promise<ServedCertificate | null>;
  /** Status with which a server answers its health check, as seen from here; null when it does not. Never throws. */
  answersCheck(server: CheckedServer): Promise<number | null>;
  /** Requests and streams (WebSockets too) that are open to this dial address right now; null where it is not counted apart. */
  openRequests(dial: string): Promise<number | null>;
  /** How far its clock is from ours, without the part that the journey and whole seconds explain; null when it does not say. */
  clockSkewMs(): Promise<number | null>;
  /** Requests per host in the last `seconds`, from the access log; throws `Failure('unavailable')` when the log cannot be read. */
  recentRequests(host: string, seconds: number): Promise<number>;
  /**
   * What happened to the requests that the sides of a canary got and that began at `sinceMs` or later (milliseconds since
   * 1970), as visitors saw it: a request that was tried twice is one. `mark`: see `canaryMark`; `slowOverMs` null: nothing
   * is slow. Cheap when it is asked again, and exact as far back as the access log goes; a first look at a large log may take
   * longer than 5 s. Throws `Failure('unavailable')` when the log cannot be read.
   */
  traffic(mark: string, sinceMs: number, slowOverMs: number | null): Promise<CanaryTraffic>;
}
