import type { Generation } from '../domain/log/commit.js';
import type { ProxyDocument } from '../domain/caddy/document.js';
import type { ProxyModule } from '../domain/middleware/kind.js';
import type { CanaryTraffic } from '../domain/canary/traffic.js';
import type { BodyProblem } from '../domain/serving/body-problem.js';
import type { Claim } from '../domain/drift/claims.js';
import type { FoundRequests, RequestSearch } from './access-log.js';
import type { UpstreamAnswer, UpstreamCheck } from '../domain/serving/upstream-check.js';

/** Result of writing a proxy's configuration. */
export type WriteResult =
  /** `taken`: what servers of others lost for it; absent: nothing. */
  | { readonly kind: 'written'; readonly taken?: readonly Claim[] }
  /** Others wrote since `guard` was read. Read again. */
  | { readonly kind: 'moved' }
  /**
   * The proxy refused it; the old configuration stays live. `message` is the proxy's own. `isOwnReason`: for a reason of this
   * proxy, such as a port in use, whatever the log says.
   */
  | { readonly kind: 'refused'; readonly message: string; readonly isOwnReason?: boolean };

/** A certificate as a visitor gets it. */
export interface ServedCertificate {
  /** Name of the issuer. */
  readonly issuer: string;
  /** SHA-256 of the certificate, hex. */
  readonly fingerprint: string;
  /** ISO 8601 UTC. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** True when it is for the host that was asked for. */
  readonly coversHost: boolean;
  /** Reason why browsers do not accept its authority, such as `it is self-signed`; null: they do, or its dates are the problem. */
  readonly untrusted: string | null;
}

/** The answer of a proxy to a request that a visitor could make. */
export type Visit =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** Response headers, with names in lower case. */
      readonly headers: Readonly<Record<string, string>>;
      /** Reason why a browser would not accept the certificate; null: it would, or the request was plain HTTP. */
      readonly untrusted: string | null;
      /** Absent: not measured. */
      readonly timings?: VisitTimings;
      /** With `untilEnd`: what went wrong after the headers. Absent: nothing. */
      readonly bodyProblem?: BodyProblem;
    }
  /** `tls`: the handshake failed. `timeout`: no answer in time. */
  | { readonly kind: 'failed'; readonly cause: 'tls' | 'timeout' | 'protocol'; readonly detail: string };

/** Milliseconds of the parts of a visit. */
export interface VisitTimings {
  readonly connect: number;
  /** Null: plain HTTP. */
  readonly handshake: number | null;
  /** From the request until the response headers. */
  readonly answer: number;
}

/** A request that a visitor could make. */
export interface VisitRequest {
  readonly scheme: 'http' | 'https';
  /** Exact host name. */
  readonly host: string;
  readonly path?: string;
  /** Default GET. */
  readonly method?: string;
  /** Token with which the proxy says in the response headers what it did; see `traceIn`. */
  readonly trace?: string;
  readonly cookie?: string;
  /** Value of the header `Authorization`. Never part of an error. */
  readonly authorization?: string;
  /** Longest wait for the response headers, in milliseconds; default 4,500. */
  readonly timeoutMs?: number;
  /** Also waits for the end of the body, within the same time, and decodes it as browsers do. Streams of events are not waited for. */
  readonly untilEnd?: boolean;
}

/**
 * One reverse proxy. Every call ends within 5 s. Throws `Failure('unavailable')` when it cannot be reached. A write whose
 * connection breaks has an unknown result and returns `moved`.
 */
export interface Proxy {
  /** Name in messages and in `behind`, such as `caddy` or `caddy-2`. */
  readonly name: string;
  /** Address of its admin endpoint, for messages. */
  readonly address: string;
  /** Command that removes Hecate's server from its configuration, for messages. */
  readonly removal: string;
  /** Returns the generation written last (null: none) and an opaque token that guards the next write. */
  current(): Promise<{ readonly generation: Generation | null; readonly guard: string }>;
  /**
   * Replaces Hecate's part with `document`, only if nobody wrote since `guard` was read. Leaves the rest as it is, but for the
   * addresses of Hecate's server, which `takes` takes from servers of others. Without it, such a server is an own reason to refuse.
   */
  write(document: ProxyDocument, guard: string, options?: { readonly takes?: boolean }): Promise<WriteResult>;
  /** Returns the configuration of Hecate's server as it is now, whoever wrote it; null: there is none. */
  configured(): Promise<Readonly<Record<string, unknown>> | null>;
  /** Returns its whole configuration, whoever wrote it, with all secrets that are in it. */
  wholeConfig(): Promise<unknown>;
  /** Returns the addresses of Hecate's server that servers of others listen on. */
  claims(): Promise<readonly Claim[]>;
  /** Returns the generation that the data plane serves now; null when it answers without one. */
  served(): Promise<Generation | null>;
  /**
   * Returns the revision of the route that answers this host in generation `hash`; `none` when no route does, null when
   * another generation is served. Asks no upstream.
   */
  answeredBy(host: string, hash: string): Promise<number | 'none' | null>;
  /** Ports of its entrances, 80 and 443 included. A URL with another port leads to another server. */
  readonly ports: ReadonlySet<number>;
  /** False: it runs on another machine, so `ask` cannot tell what it reaches. */
  readonly isLocal: boolean;
  /** Asks an upstream server from this machine as the proxy would. Ends within the check's timeout. Never throws. */
  ask(check: UpstreamCheck): Promise<UpstreamAnswer>;
  /**
   * Asks for `/` (or a path) of a host through the proxy, as a visitor would; follows no redirect. Marked with the log's id,
   * so that it counts in no figure. Tries again when a reload breaks the connection. Throws `Failure('unavailable')` when the
   * proxy accepts no connection.
   */
  visit(request: VisitRequest, logId: string): Promise<Visit>;
  /** Returns true when its build has a module. Writes nothing. */
  hasModule(module: ProxyModule): Promise<boolean>;
  /** Returns the certificate that a visitor of this host gets; null when the handshake is refused. Asks a wildcard with an unused first label. */
  certificate(host: string): Promise<ServedCertificate | null>;
  /** Returns the number of requests and streams, such as WebSockets, that are open to this dial address; null: not counted. */
  openRequests(dial: string): Promise<number | null>;
  /** Returns the milliseconds between its clock and ours, less network delay and rounding to seconds; null: unknown. */
  clockSkewMs(): Promise<number | null>;
  /**
   * Returns the number of requests to each of these hosts in the last `seconds`, from the access log, without Hecate's own
   * probes. Throws `Failure('unavailable')` when it cannot be read.
   */
  recentRequests(hosts: readonly string[], seconds: number): Promise<ReadonlyMap<string, number>>;
  /**
   * Returns the traffic of both sides of a canary: requests that began at `sinceMs` or later (milliseconds since 1970), as
   * visitors saw them, so a retried request counts once. `mark`: see `canaryMark`; `slowOverMs` null: no request is slow.
   * Exact as far back as the access log goes. The first call on a large log may take longer than 5 s, later ones are cheap.
   * Throws `Failure('unavailable')` when the log cannot be read.
   */
  traffic(mark: string, sinceMs: number, slowOverMs: number | null): Promise<CanaryTraffic>;
  /** Finds single requests in the access log, without Hecate's own. Throws `Failure('unavailable')` when it cannot be read. */
  findRequests(search: RequestSearch): Promise<FoundRequests>;
}
