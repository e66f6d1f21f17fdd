import type { LaterChange } from './later-change.js';
import type { KindWithRole, ResourceKind, ResourceKinds } from '../resources/kinds.js';

/** A change of one resource of a kind: the whole resource before and after; `null` means absent. */
export interface ChangeOf<K extends ResourceKind> {
  readonly kind: K;
  readonly name: string;
  /** Schema version of `before` and `after`; `upcastMessage` lifts older ones when the log is read. */
  readonly version: number;
  readonly before: ResourceKinds[K] | null;
  readonly after: ResourceKinds[K] | null;
}

/** A change of one resource of any kind. */
export type Change = { [K in ResourceKind]: ChangeOf<K> }[ResourceKind];

/** Returns the changes without those of Hecate's own records. Counts and summaries leave these out. */
export function withoutBookkeeping(changes: readonly Change[]): readonly Change[] {
  return changes.filter(({ kind }) => !Object.hasOwn(bookkeeping, kind));
}

/** Kinds of Hecate's own records. Not derived from the table of kinds, which would bring zod into the workflows' bundle. */
const bookkeeping: Readonly<Record<KindWithRole<'bookkeeping'>, true>> = { Source: true, Probation: true };

/** Returns a change of one resource in the current schema version. */
export function changeOf<K extends ResourceKind>(
  kind: K,
  name: string,
  before: ResourceKinds[K] | null,
  after: ResourceKinds[K] | null,
): ChangeOf<K> {
  return { kind, name, version: CHANGE_VERSION, before, after };
}

/** A commit before the log gives it a position. */
export interface CommitDraft {
  /** Id of the operation. Appending the same id again, however late, has no effect. */
  readonly id: string;
  /** Time of the commit: ISO 8601 UTC with milliseconds; never earlier than that of the previous commit. */
  readonly at: string;
  /** The operator whose key signed the request, or `hecate`; in commits of versions before 0.6 the name that was given. */
  readonly actor: string;
  /** Person or program for which the actor says to have made it; absent: the actor itself. */
  readonly onBehalfOf?: string;
  readonly reason: string | null;
  /** Catalogue key, e.g. `route.create`. */
  readonly operation: string;
  readonly workflowId: string;
  readonly changes: readonly Change[];
  /** Proof of the operator's request; absent: the worker made it by itself, or a version before 0.7 did. */
  readonly proof?: CommitProof;
  /** Where the request came from, as the command said it; absent: it did not. */
  readonly from?: RequestOrigin;
  /** Id of the commit that this one undoes. */
  readonly undoes?: string;
  /** Changes that this apply replaced although they were made after the last apply of its source; absent: none. */
  readonly supersedes?: readonly LaterChange[];
}

/**
 * Proof that the operator who is the actor signed the request of a commit. With the workflow's id and the log's id it gives
 * the signed text (`textOfProof`), so anyone can verify it without the request.
 */
export interface CommitProof {
  /** Public half of the Ed25519 key that signed, base64url. */
  readonly key: string;
  /** Time of signing, ISO 8601 UTC. */
  readonly at: string;
  /** SHA-256 (hex) of the request's canonical JSON (RFC 8785). */
  readonly request: string;
  /** Base64url. */
  readonly signature: string;
}

/** The machine and the user of a command. Signed with the request, but only said: nobody verified it. */
export interface RequestOrigin {
  readonly machine: string;
  readonly user: string;
}

/** A position in the log, with the SHA-256 (hex) of the message there. */
export interface Position {
  readonly sequence: number;
  readonly hash: string;
}

/** Position of a log without commits. */
export const startOfLog: Position = { sequence: 0, hash: 'empty' };

/** A transaction in the log. */
export interface Commit extends CommitDraft {
  readonly type: 'committed';
  /** Position of the commit or abort before; null only for the first one of a log. */
  readonly previous: Position | null;
}

/** An entry that blocks an id: no commit with this id can be appended any more. */
export interface Aborted {
  readonly type: 'aborted';
  readonly id: string;
  readonly at: string;
  readonly previous: Position | null;
}

/** Facts about an operation in the outcome of one that has no commit. */
export interface Attempt {
  /** Catalogue key, e.g. `route.create`, or the key of an event such as `schedule.pause`. */
  readonly operation: string;
  /** Domain or name that it was to change. */
  readonly subject: string;
  readonly actor: string;
  /** As in a commit. */
  readonly onBehalfOf?: string;
  readonly reason: string | null;
  readonly workflowId: string;
  /** As in a commit. */
  readonly proof?: CommitProof;
  readonly from?: RequestOrigin;
  /** A workflow started it, such as a schedule or a canary. */
  readonly isAutomatic?: true;
}

/** The outcome of an operation. The log keeps it, because Temporal deletes old histories. */
export interface Outcome {
  readonly type: 'ended';
  readonly id: string;
  readonly at: string;
  /** `refused`, `cancelled` and `failed`: nothing was committed. */
  readonly result: 'completed' | 'undone' | 'stuck' | 'refused' | 'cancelled' | 'failed';
  /** One sentence for a person; never contains a secret. */
  readonly detail: string | null;
  /** Names of systems that were unreachable. Hecate updates them when they answer. */
  readonly behind: readonly string[];
  /** Present where no commit may name the operation. */
  readonly attempt?: Attempt;
}

/** A message of the log with its position. Commits and aborts form the hash chain; outcomes are not part of it. */
export type LogEntry =
  | { readonly position: Position; readonly message: Commit | Aborted }
  | { readonly position: Position; readonly message: Outcome };

/** Position and identity of the log that a proxy was last converged to. */
export interface Generation extends Position {
  readonly logId: string;
  /** Compiler version and settings. When they differ at start-up, the proxy is rewritten although the log is the same. */
  readonly compiler?: string | undefined;
  /** Hash of Hecate's part of the proxy's certificates; absent: there are none. */
  readonly tls?: string | undefined;
  /** Names of the secrets that were missing then; absent: none. */
  readonly missingSecrets?: string | undefined;
}

/** Returns the changes that undo these, in reverse order. Applying changes and then their inverse is the identity. */
export function inverse(changes: readonly Change[]): Change[] {
  return [...changes].reverse().map((change) => ({ ...change, before: change.after, after: change.before }) as Change);
}

/** Returns an actor as people read it: `anna`, or `anna (for ci-bot)`. */
export function actorText({ actor, onBehalfOf }: Pick<CommitDraft, 'actor' | 'onBehalfOf'>): string {
  return onBehalfOf === undefined ? actor : `${actor} (for ${onBehalfOf})`;
}

/** Returns the actor in a text of {@link actorText}. */
export function actorIn(text: string): Pick<CommitDraft, 'actor' | 'onBehalfOf'> {
  const [, actor = text, onBehalfOf] = /^([^ ]+) \(for (.*)\)$/s.exec(text) ?? [];
  return onBehalfOf === undefined ? { actor } : { actor, onBehalfOf };
}

/** Returns the id of the commit that undoes `id`. The id is deterministic, so that commit is appended only once. */
export function undoId(id: string): string {
  return `undo:${id}`;
}

/** Current schema version of resources; `upcastMessage` lifts older ones. */
export const CHANGE_VERSION = 7;
