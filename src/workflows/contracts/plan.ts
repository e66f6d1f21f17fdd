import type { Change, CommitProof, Position, RequestOrigin } from '../../domain/log/commit.js';
import type { MergeReport } from '../../domain/log/later-change.js';
import type { OperationKey } from '../../operations/catalogue.js';
import type { Refusal } from '../../domain/refusal.js';
import type { ProbationTerms } from '../../domain/resources/probation.js';
import type { Proof } from '../../domain/trust/proof.js';
import type { Claim } from '../../domain/secrets/claim.js';

/** Request of a client. `input` was parsed by the operation's schema, with defaults filled in. */
export interface OperationRequest {
  /** Commit id and last part of the workflow id. */
  readonly id: string;
  readonly operation: OperationKey;
  readonly subject: string;
  readonly input: unknown;
  /** The operator whose key signed the request; `hecate` for a request of the worker itself. */
  readonly actor: string;
  /** Person or program that the actor names as the origin; absent: the actor itself. */
  readonly onBehalfOf?: string;
  readonly reason: string | null;
  /** Machine and user of the command, as it says; absent: a worker made the request, or a command before 0.7. */
  readonly from?: RequestOrigin;
  /** Absent in histories of workers before 0.6; such a request is refused. */
  readonly proof?: Proof;
  /** Hash of the approved plan; any other plan is refused. */
  readonly approved?: string;
  /** How the change is to be judged afterwards; `none`: not at all. Absent: as the environment has it. */
  readonly probation?: ProbationTerms | 'none';
  /** Present for a dry run. */
  readonly isPreview?: true;
}

/** The changes of an operation and what it read, as data. In the history before any system is touched. */
export interface Plan {
  readonly id: string;
  /** Empty when they are too large for a history; then `blob` names them. */
  readonly changes: readonly Change[];
  /** SHA-256 (hex) of the changes' JSON in the store of large values. */
  readonly blob?: string;
  /** Number of changes in the blob, without the bookkeeping of sources. */
  readonly changeCount?: number;
  /** Revisions (0: absent) of its operator and of the resources that the plan read or writes; it is stale when one of them changed. */
  readonly reads: readonly { readonly key: string; readonly revision: number }[];
  readonly expect: {
    readonly hosts: readonly string[];
    /** Hosts from which visitors of a proxy got an answer when the operation was planned, and must get one afterwards. */
    readonly answering?: readonly { readonly proxy: string; readonly host: string }[];
    /** Number of touched hosts beyond `hosts`; verification skips them. */
    readonly moreHosts?: number;
  };
  readonly warnings: readonly string[];
  /** Later changes that merging a source met; absent: none. */
  readonly merge?: MergeReport;
  /** SHA-256 (hex) over changes, reads without the operator, and the later changes that go or are held; `--plan` approves it. */
  readonly hash: string;
  /** Present when the identity provider must change: hosts on which its outpost must ask for sign-in afterwards. */
  readonly signIn?: {
    readonly hosts: readonly string[];
    /** Number of hosts that change there; the time limits follow it. Absent in plans of older workers. */
    readonly concerned?: number;
    /** The changes only remove what requires sign-in, so the proxies go first, and the provider may be away. */
    readonly closes?: true;
  };
  /** The identity provider answers and has objects of the changed resources, so the operation repairs drift there. */
  readonly repairsSignIn?: boolean;
  /** Domains whose bypass begins, changes or ends. */
  readonly bypasses?: readonly string[];
  /** Domains whose canary begins, changes or ends. */
  readonly canaries?: readonly string[];
  /** Names of the secrets whose rotation begins, changes or ends. */
  readonly rotations?: readonly string[];
  /** Names of the schedules that the commit creates, changes or deletes; Temporal follows. */
  readonly schedules?: readonly string[];
  /** Secrets to move in Vault before the commit; absent: none. */
  readonly claims?: readonly Claim[];
  /** Seal of the claims, for the activity that moves them; absent: there are none. */
  readonly claimsSeal?: string;
  /** The operator's proof of the request, for the commit; absent: a worker made the request. */
  readonly proof?: CommitProof;
  /** Seal of the worker that planned, over the plan, its request and this run of the workflow. Absent in plans of workers before 0.6. */
  readonly seal?: string;
}

/** Result of planning. */
export type Planned =
  | { readonly kind: 'planned'; readonly plan: Plan }
  /** `claims`: secrets to move in Vault all the same, such as the key of a certificate that the log holds already. */
  | {
      readonly kind: 'unchanged';
      readonly warnings: readonly string[];
      readonly merge?: MergeReport;
      readonly claims?: readonly Claim[];
      readonly claimsSeal?: string;
    }
  /**
   * `plan`: what `--force` or `--yes` would carry out; only in a dry run. `isRecorded`: the request was not allowed, and the
   * history has that already.
   */
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly plan?: Plan; readonly isRecorded?: true }
  /** A proxy was written from another log. Nothing may be written. */
  | { readonly kind: 'lost'; readonly message: string; readonly hint?: string }
  /** An earlier attempt has written this operation's commit. */
  | { readonly kind: 'committed'; readonly plan: Plan; readonly position: Position };

/** Result of appending the commit. */
export type Committed =
  | {
      readonly kind: 'committed';
      readonly position: Position;
      /** Absent in results of workers before 0.6. */
      readonly pass?: CommitPass;
    }
  | { readonly kind: 'stale' }
  /** Fenced: it was cancelled or settled before its commit was written. */
  | { readonly kind: 'aborted' };

/**
 * What a commit of this run still needs until it is completed, sealed by a worker. An activity that does a needed step
 * returns the pass without it. Whoever answers the workflow's tasks in our place cannot leave a step out.
 */
export interface CommitPass {
  readonly id: string;
  readonly sequence: number;
  /** Steps that are not done yet, some with the hash of what they are about. */
  readonly needs: readonly string[];
  /** Proxies that were unreachable. */
  readonly behind: readonly string[];
  /** Proxies that refuse for reasons of their own; verification skips them. */
  readonly refused: readonly string[];
  /** Over all of it and this run of the workflow. */
  readonly seal: string;
}

/** A pass that activities return; absent: they were given none, or did not do the step. */
export interface WithPass {
  readonly pass?: CommitPass;
}

/** A proxy that answers and refuses its configuration for a reason of its own, such as a port in use. */
export interface Refusing {
  readonly proxy: string;
  /** The reason and the way out, as sentences. */
  readonly message: string;
}

/** Result of writing the proxies. `behind`: not updated, as unreachable; `refusing`: not updated, as they refuse. */
export type Converged =
  | ({ readonly kind: 'live'; readonly behind: readonly string[]; readonly refusing?: readonly Refusing[] } & WithPass)
  /** A system refused this commit; its inverse is in the log. Or no proxy takes any commit, for reasons of its own. */
  | { readonly kind: 'refused'; readonly message: string }
  /** A proxy was written from another log. Nothing was written. */
  | { readonly kind: 'lost'; readonly message: string };

/** Result of verifying what is served. */
export type Verified =
  /** `warnings`: hosts that are served as the log says, and whose visitors get errors. */
  | ({ readonly kind: 'verified'; readonly warnings?: readonly string[] } & WithPass)
  | { readonly kind: 'failed'; readonly message: string };

/** Result of undoing a commit. `wasCommitted` false: it never was in the log; absent in results of older workers. */
export type Undone =
  | {
      readonly kind: 'undone';
      readonly behind: readonly string[];
      readonly refusing?: readonly Refusing[];
      readonly wasCommitted?: boolean;
    }
  /** `seal`: of the worker that could not undo it. Absent in results of workers before 0.6. */
  | { readonly kind: 'stuck'; readonly message: string; readonly seal?: string };

/** Everything that carrying out a plan would touch, for a dry run. */
export interface Impact {
  /** Proxies that would be written, once each. */
  readonly reloads: readonly { readonly proxy: string; readonly reachable: boolean }[];
  /**
   * Requests and WebSockets that are open to the upstreams of changed routes; they stay open. `count` null: unknown. It
   * counts by address, so it includes other routes to the same address; `sharedWith` names some of them.
   */
  readonly openRequests: readonly {
    readonly host: string;
    readonly upstream: string;
    readonly count: number | null;
    readonly sharedWith: readonly string[];
  }[];
  /** Domains whose bypass is in force: their streams close at every reload. */
  readonly closing: readonly string[];
}

/** Result of a dry run. */
export interface Preview {
  readonly planned: Planned;
  /** Null when nothing would change. */
  readonly impact: Impact | null;
}
