/** The answer of a name server about one type of records. */
export type Answer<T> =
  | { readonly kind: 'records'; readonly records: readonly T[] }
  /** The name exists, but has no records of this type. */
  | { readonly kind: 'empty' }
  /** The name does not exist (NXDOMAIN). */
  | { readonly kind: 'unknown' }
  /** No answer, or an error such as SERVFAIL. */
  | { readonly kind: 'failed'; readonly detail: string };

/** A record that says which authorities may issue certificates (RFC 8659). */
export interface CaaRecord {
  readonly isCritical: boolean;
  /** Such as `issue`, `issuewild` or `iodef`. */
  readonly tag: string;
  readonly value: string;
}

/** What one name server says about a name. */
export interface NameView {
  /** Such as `1.1.1.1` or `the resolver of this machine`. */
  readonly server: string;
  /** It is one of the name's own name servers. */
  readonly isAuthoritative: boolean;
  readonly a: Answer<string>;
  readonly aaaa: Answer<string>;
  /** Name that this one is an alias of. */
  readonly cname: Answer<string>;
  /** Names that are aliases of one another in a circle, the first one at the end again; absent: there is no circle. */
  readonly circle?: readonly string[];
}

/** What was found out about a name. */
export interface NameRecords {
  /** The name that was asked for; of a wildcard one that it matches. */
  readonly asked: string;
  readonly views: readonly NameView[];
  /** Records of the name or the nearest of its parents that has some; null: none has. */
  readonly caa: { readonly at: string; readonly records: readonly CaaRecord[] } | null;
  /** Why they could not be looked up; null: they could. */
  readonly caaProblem: string | null;
}

/** Returns the addresses in an answer. */
export function recordsIn<T>(answer: Answer<T>): readonly T[] {
  return answer.kind === 'records' ? answer.records : [];
}

/** Returns the addresses that a server has for the name, in a fixed order. */
export function addressesIn({ a, aaaa }: Pick<NameView, 'a' | 'aaaa'>): readonly string[] {
  return [...recordsIn(a), ...recordsIn(aaaa)].toSorted();
}
