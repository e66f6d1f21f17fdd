// Health of the whole of Hecate: facts that a worker gathers, and the findings that follow from them. May import what is below it
// in the domain.

/** Facts of one kind, or the reason why they are not known now. What is not known is never taken for good. */
export type Known<T> = { readonly known: readonly T[] } | { readonly unknown: string };

/** A server or process that Hecate needs. */
export interface ComponentFact {
  readonly name: string;
  /** A proxy serves visitors; when none is up, no route is. */
  readonly isProxy: boolean;
  /** Why it does not work; null: it does. */
  readonly problem: string | null;
}

/** A server of an upstream that gives no good answer. */
export interface ServerFact {
  readonly route: string;
  readonly dial: string;
  readonly problem: string;
}

/** Requests of one route in ten seconds; in a minute when that is some minutes ago. */
export interface TrafficFact {
  /** Unix ms. */
  readonly startMs: number;
  readonly lengthMs: number;
  readonly route: string;
  readonly requests: number;
  /** Answers with a status of 500 or more, except to requests that were malformed or broke off. */
  readonly errors: number;
  /** Answers 401 and 403. */
  readonly denied: number;
}

/** A failed sign-in, as the identity provider tells it. */
export interface SignInFact {
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly user: string;
}

/** A certificate as a proxy presents it. Times are ISO 8601 UTC. */
export interface CertificateFact {
  readonly proxy: string;
  readonly route: string;
  readonly host: string;
  readonly issuer: string;
  readonly notBefore: string;
  readonly notAfter: string;
  /** A proxy renews it; false: a person brings the next one. */
  readonly isIssued: boolean;
}

/** Something with a name about which a person should know, as a sentence without a full stop. */
export interface NamedFact {
  readonly name: string;
  readonly detail: string;
}

/** An operation that failed or was undone. */
export interface FailedOperation {
  readonly id: string;
  readonly operation: string;
  readonly subject: string;
  readonly result: string;
  readonly detail: string | null;
  /** ISO 8601 UTC. */
  readonly at: string;
}

/** An operation without an end. */
export interface OpenOperation {
  readonly id: string;
  readonly operation: string;
  /** ISO 8601 UTC. */
  readonly since: string;
}

/** A bypass of sign-in in force. */
export interface BypassFact {
  readonly route: string;
  readonly until: string;
  readonly by: string;
  readonly reason: string | null;
}

/** Space on a file system, in bytes. */
export interface DiskFact {
  readonly name: string;
  readonly free: number;
  readonly size: number;
}

/** The process that signs heads of the log. */
export interface NotaryFact {
  /** Why it does not sign; null: it does. */
  readonly problem: string | null;
  /** The witnesses that lack its newest checkpoint. */
  readonly witnesses: readonly NamedFact[];
}

/** All that a worker knows of the health of its environment at a time. */
export interface Facts {
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly components: Known<ComponentFact>;
  /** Servers that are down; those that answer are left out. */
  readonly servers: Known<ServerFact>;
  readonly traffic: Known<TrafficFact>;
  readonly signIns: Known<SignInFact>;
  readonly certificates: Known<CertificateFact>;
  readonly rotations: Known<NamedFact>;
  readonly backups: Known<NamedFact>;
  /** Differences of proxies from the log, by proxy. */
  readonly proxyDrift: Known<NamedFact>;
  /** Differences of the identity provider from the log. */
  readonly identityDrift: Known<NamedFact>;
  readonly failed: Known<FailedOperation>;
  readonly open: Known<OpenOperation>;
  readonly held: Known<NamedFact>;
  readonly bypasses: Known<BypassFact>;
  readonly disks: Known<DiskFact>;
  readonly sinks: Known<NamedFact>;
  /** Witnesses of the notary that lack its newest checkpoint. */
  readonly witnesses: Known<NamedFact>;
}

/** Kinds of facts. */
export type FactKind = Exclude<keyof Facts, 'at'>;
