// Why a request does not get the answer that it should: evidence of one request, and what follows from it. Imports dns, caddy,
// serving, middleware and resources.
import type { Trace } from '../caddy/visits/trace.js';
import type { NameRecords } from '../dns/records.js';
import type { BodyProblem } from '../serving/body-problem.js';
import type { OwnPartKind } from '../serving/own-part.js';
import type { Redirected } from '../serving/redirected.js';
import type { ServedRoute } from '../serving/served-route.js';
import type { NoAnswer, ServerRole } from '../serving/upstream-check.js';

/** The request that is followed. */
export interface Asked {
  readonly host: string;
  readonly path: string;
  readonly method: string;
  /** Bytes of its body; null: it has none. */
  readonly bodySize: number | null;
  /** Address of the visitor; null: any. */
  readonly client: string | null;
}

/** Something that was looked at, and the milliseconds that it took; `skipped`: why it was not looked at. */
export type Looked<T> = { readonly seen: T; readonly ms: number } | { readonly skipped: string };

/** Hecate's configuration in the proxy. `problem`: the admin endpoint does not answer. */
export interface ConfigSight {
  readonly problem: string | null;
  readonly state: 'current' | 'older' | 'none' | 'foreign';
  /** Why it is of another log, why there can be none, or which commit is served; empty: nothing is known. */
  readonly detail: string;
  /** Advice for a person. Absent: the usual advice for its state. */
  readonly advice?: string;
  /** What differs from the log about this host, one sentence each. */
  readonly drift: readonly string[];
}

/** A certificate as visitors get it; null: none. */
export interface CertificateSeen {
  readonly issuer: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly coversHost: boolean;
  readonly untrusted: string | null;
}

/** What a visitor got. */
export type AnswerSeen =
  | {
      readonly kind: 'answered';
      readonly url: string;
      readonly status: number;
      readonly location: string | null;
      readonly trace: Trace | null;
      readonly timings: string;
      /** Absent: the body ended, or goes on and on as a stream does. */
      readonly bodyProblem?: BodyProblem;
    }
  | { readonly kind: 'failed'; readonly url: string; readonly cause: string; readonly detail: string };

/** Sign-in of the route, as the worker sees the identity provider. */
export interface SignInSeen {
  /** Checks of `read test auth` that failed. */
  readonly problems: readonly { readonly name: string; readonly detail: string }[];
  readonly missingGroups: readonly string[];
  /** What differs in the provider from the log about this host, one sentence each. */
  readonly drift: readonly string[];
  /** The outpost asks visitors of this host to sign in; null: not asked. */
  readonly asks: boolean | null;
}

/** A server of the route, asked as the proxy would. */
export interface ServerSeen {
  readonly role: ServerRole;
  readonly dial: string;
  /** Null: it answers well, or only the proxy can tell. `isCheck`: only its health check failed. */
  readonly problem: {
    readonly cause: NoAnswer | 'status';
    readonly text: string;
    readonly status: number | null;
    readonly isCheck: boolean;
    /** Reason why Caddy refuses it as an HTTPS server; absent: Caddy accepts it, or HTTPS was not tried. */
    readonly tlsProblem?: string;
  } | null;
  /** A part of Hecate that its address leads to; null: none. */
  readonly part: { readonly kind: OwnPartKind; readonly text: string } | null;
}

/** All that is known about one request to one proxy. */
export interface Evidence {
  readonly asked: Asked;
  /** ISO 8601 UTC. */
  readonly now: string;
  readonly proxy: string;
  /** The route of the log that has to answer; null: the log has none. */
  readonly served: ServedRoute | null;
  /** The name of an auth policy that the route needs and the log lacks; null: none. */
  readonly missingPolicy: string | null;
  /** Domains of routes with a name like this. */
  readonly similar: readonly string[];
  readonly names: Looked<NameRecords>;
  /** Null: not known. */
  readonly publicAddresses: readonly string[] | null;
  /** Why the proxy takes no connections, for each scheme; null: it does. */
  readonly listener: Looked<{ readonly http: string | null; readonly https: string | null }>;
  readonly clockSkewMs: number | null;
  readonly config: Looked<ConfigSight>;
  /** Revision of the route that answers this host; `none`: no route does. */
  readonly answeredBy: Looked<number | 'none' | null>;
  readonly certificate: Looked<CertificateSeen | null>;
  readonly signIn: Looked<SignInSeen>;
  readonly servers: Looked<readonly ServerSeen[]>;
  readonly answer: Looked<AnswerSeen>;
  /** Where redirects lead; null: there are none, or nothing is wrong with them. */
  readonly redirected: Redirected | null;
}
