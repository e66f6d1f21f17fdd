/**
 * Why the proxy itself refused a request. `bad-request`: its body was malformed or broke off, which Caddy answers with a status of
 * 500 or above although no server failed. `other`: a refusal that none of the rest names.
 */
export const refusalReasons = [
  'sign-in',
  'ip',
  'rate-limit',
  'basic-auth',
  'body-size',
  'maintenance',
  'no-upstream',
  'bad-request',
  'other',
] as const;

/** One of {@link refusalReasons}. */
export type RefusalReason = (typeof refusalReasons)[number];

/** One request as the access log has it. */
export interface AccessEntry {
  /** End of the request, Unix ms; its start is `endedMs - durationMs`. */
  readonly endedMs: number;
  readonly durationMs: number;
  /** 0: the visitor went away before an answer. */
  readonly status: number;
  readonly bytes: number;
  readonly method: string;
  /** Lower case, without port or the dot at the end. */
  readonly host: string;
  /** Without the query string. */
  readonly path: string;
  readonly clientIp: string;
  /** Dial address of the upstream server that answered or was tried last; null: none was asked (the outpost is none). */
  readonly upstream: string | null;
  /** Time until the upstream sent its headers; null: unknown. */
  readonly upstreamMs: number | null;
  /** `<canary mark>/stable` or `/canary`; null: no canary. */
  readonly side: string | null;
  /** Why the proxy itself refused it; null: it did not. */
  readonly refused: RefusalReason | null;
  /** Caddy's error, such as `dial tcp …: connection refused`; null: none. */
  readonly error: string | null;
  /** Id that the upstream and the visitor got from the middleware `request-id`; else Caddy's own, where a part of the route asked for it, or empty. */
  readonly id: string;
  /** Hecate's own probe, visit or trace: counts nowhere. */
  readonly isOwn: boolean;
}
