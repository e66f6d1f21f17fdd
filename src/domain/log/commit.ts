import type { ResourceKind, ResourceKinds } from '../resources/kinds.js';

/** One whole resource of a kind before and after; `null` means it was, or will be, absent. */
export interface ChangeOf<K extends ResourceKind> {
  readonly kind: K;
  readonly name: string;
  /** Schema version of `before` and `after`; older ones are lifted when the log is read. */
  readonly version: number;
  readonly before: ResourceKinds[K] | null;
  readonly after: ResourceKinds[K] | null;
}

export type Change = { [K in ResourceKind]: ChangeOf<K> }[ResourceKind];

/** Changes without those of where manifests came from, which stand in the log beside what they describe; nobody counts them. */
export function withoutBookkeeping(changes: readonly Change[]): readonly Change[] {
  return changes.filter(({ kind }) => kind !== 'Source');
}

/** The change of one resource, as it is written now. */
export function changeOf<K extends ResourceKind>(
  kind: K,
  name: string,
  before: ResourceKinds[K] | null,
  after: ResourceKinds[K] | null,
): ChangeOf<K> {
  return { kind, name, version: CHANGE_VERSION, before, after };
}

/** What a commit says before the log gives it a place. */
export interface CommitDraft {
  /** Identity of the operation; appending the same id twice has no second effect, however late. */
  readonly id: string;
  /** ISO 8601 with milliseconds, UTC; never earlier than the commit before it. */
  readonly at: string;
  readonly actor: string;
  readonly reason: string | null;
  /** Catalogue key, e.g. `route.create`. */
  readonly operation: string;
  readonly workflowId: string;
  readonly changes: readonly Change[];
  /** The commit this one takes back. */
  readonly undoes?: string;
}

/** A place in the log and the SHA-256 (hex) of the message there. */
export interface Position {
  readonly sequence: number;
  readonly hash: string;
}

/** Where a log without a commit stands. */
export const startOfLog: Position = { sequence: 0, hash: 'empty' };

/** A transaction that is in the log. */
export interface Commit extends CommitDraft {
  readonly type: 'committed';
  /** Null only for the first commit of a log. */
  readonly previous: Position | null;
}

/** Fences a commit id that must never enter the log any more. */
export interface Aborted {
  readonly type: 'aborted';
  readonly id: string;
  readonly at: string;
  readonly previous: Position | null;
}

/** How an operation ended; Temporal forgets, the log does not. */
export interface Outcome {
  readonly type: 'ended';
  readonly id: string;
  readonly at: string;
  readonly result: 'completed' | 'undone' | 'stuck';
  /** One sentence for a person; never holds a secret. */
  readonly detail: string | null;
  /** Systems that were unreachable and will be converged when they answer. */
  readonly behind: readonly string[];
}

/** A message of the log with its place. Commits and aborts form the hash chain, outcomes stand beside it. */
export type LogEntry =
  | { readonly position: Position; readonly message: Commit | Aborted }
  | { readonly position: Position; readonly message: Outcome };

/** What a proxy was last converged to. */
export interface Generation extends Position {
  readonly logId: string;
  /** What compiled it besides the log: the same log compiled otherwise is written again at start-up. */
  readonly compiler?: string | undefined;
  /** Hash of Hecate's part of the proxy's certificates; absent: it has none there. */
  readonly tls?: string | undefined;
  /** Names of the materials that were not to be had when it was written; absent: none was missing. */
  readonly missingSecrets?: string | undefined;
}

/** The same transaction backwards. Applying a change and then its inverse is the identity. */
export function inverse(changes: readonly Change[]): Change[] {
  return [...changes].reverse().map((change) => ({ ...change, before: change.after, after: change.before }) as Change);
}

/** Id of the commit that takes back `id`; whoever appends it first wins, the others find it. */
export function undoId(id: string): string {
  return `undo:${id}`;
}

/** Schema version of the resources that are written now; older ones are lifted by `upcastMessage`. */
export const CHANGE_VERSION = 4;
