import type { Change, Position } from '../../domain/log/commit.js';
import type { OperationKey } from '../../operations/catalogue.js';
import type { Refusal } from '../../domain/refusal.js';
import type { Claim } from '../../domain/secrets/claim.js';

/** What the client asks for. `input` was parsed by the operation's schema; defaults are filled in. */
export interface OperationRequest {
  /** Commit id and last part of the workflow id. */
  readonly id: string;
  readonly operation: OperationKey;
  readonly subject: string;
  readonly input: unknown;
  readonly actor: string;
  readonly reason: string | null;
  /** Hash of the plan that was approved; another plan is refused. */
  readonly approved?: string;
  /** Only to be looked at. */
  readonly isPreview?: true;
}

/** What will be done, as data. It is in the history before the world is touched. */
export interface Plan {
  readonly id: string;
  /** Empty where they are too large for a history: then `blob` names them. */
  readonly changes: readonly Change[];
  /** SHA-256 (hex) of the JSON of the changes, where that lies in a store. */
  readonly blob?: string;
  /** How many changes the blob has, where manifests came from not counted. */
  readonly changeCount?: number;
  /** Revisions (0: absent) of the resources the plan read or writes; it is stale when one of those moved. */
  readonly reads: readonly { readonly key: string; readonly revision: number }[];
  readonly expect: {
    readonly hosts: readonly string[];
    readonly upstreams: readonly string[];
    /** How many more are touched than `hosts` names; those are not asked. */
    readonly moreHosts?: number;
  };
  readonly warnings: readonly string[];
  /** SHA-256 (hex) over changes and reads; approval is bound to it. */
  readonly hash: string;
  /** Present when the identity provider is concerned: the hosts for which its outpost must ask for sign-in afterwards. */
  readonly signIn?: { readonly hosts: readonly string[] };
  /** The identity provider answers and has something of what changes: what others broke there is put right on the way. */
  readonly repairsSignIn?: boolean;
  /** Domains whose bypass begins, changes or ends. */
  readonly bypasses?: readonly string[];
  /** Domains whose canary begins, changes or ends. */
  readonly canaries?: readonly string[];
  /** What was handed over through Vault and is taken over before the commit; absent: nothing. */
  readonly claims?: readonly Claim[];
}

export type Planned =
  | { readonly kind: 'planned'; readonly plan: Plan }
  | { readonly kind: 'unchanged'; readonly warnings: readonly string[] }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** The log is not the one the world was built from. Nothing may be written. */
  | { readonly kind: 'lost'; readonly message: string; readonly hint?: string }
  /** The commit of this operation is in the log already (an earlier attempt wrote it). */
  | { readonly kind: 'committed'; readonly plan: Plan; readonly position: Position };

export type Committed =
  | { readonly kind: 'committed'; readonly position: Position }
  | { readonly kind: 'stale' }
  /** Fenced: somebody settled this operation as never having happened. */
  | { readonly kind: 'aborted' };

export type Converged =
  | { readonly kind: 'live'; readonly behind: readonly string[] }
  /** A system refused this commit; its inverse is in the log already. */
  | { readonly kind: 'refused'; readonly message: string }
  /** The log is not the one the world was built from. Nothing was written. */
  | { readonly kind: 'lost'; readonly message: string };

export type Verified = { readonly kind: 'verified' } | { readonly kind: 'failed'; readonly message: string };

export type Undone =
  | { readonly kind: 'undone'; readonly behind: readonly string[] }
  | { readonly kind: 'stuck'; readonly message: string };

/** What a dry run adds to a plan: what carrying it out would touch. */
export interface Impact {
  /** Proxies that would be written, once each; unreachable ones are marked so. */
  readonly reloads: readonly { readonly proxy: string; readonly reachable: boolean }[];
  /**
   * Open requests and WebSockets to the upstreams of what changes; null where a proxy does not tell. They stay open. The
   * count is of the address, so of the other routes to it too, of which some are named.
   */
  readonly openRequests: readonly {
    readonly host: string;
    readonly upstream: string;
    readonly count: number | null;
    readonly sharedWith: readonly string[];
  }[];
  /** Domains whose bypass is in force: streams that began under it close at every reload. */
  readonly closing: readonly string[];
}

/** The result of a dry run. */
export interface Preview {
  readonly planned: Planned;
  /** Null when nothing would be done. */
  readonly impact: Impact | null;
}
