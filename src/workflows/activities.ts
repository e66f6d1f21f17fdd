import type { Change, Position } from '../domain/commit.js';
import type { Refusal } from '../domain/refusal.js';
import type { CanarySteps } from './canary-activities.js';
import type { RouteHealth } from '../domain/route-health.js';
import type { Claim } from '../domain/staged.js';
import type { IdentitySteps } from './identity-activities.js';

/** What the client asks for. `input` was parsed by the operation's schema; defaults are filled in. */
export interface OperationRequest {
  /** Commit id and last part of the workflow id. */
  readonly id: string;
  /** Catalogue key. */
  readonly operation: string;
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
  /** How many changes the blob has. */
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

/**
 * What the generic workflow needs from the world. Every activity is idempotent: it may run again after a crash at
 * any point. They throw `ApplicationFailure` whose type is an error kind; only `unavailable` is retried.
 */
export interface OperationActivities extends IdentitySteps, CanarySteps {
  /** Waits for open commits on what it touches, probes the systems, decides. Writes nothing. */
  planOperation(request: OperationRequest): Promise<Planned>;
  /** Looks at what carrying out the plan would touch. Writes nothing. */
  surveyImpact(plan: Plan): Promise<Impact>;
  /** Makes what was handed over through Vault Hecate's own. */
  claimSecrets(claims: readonly Claim[]): Promise<void>;
  /** Appends the plan's commit. */
  appendCommit(request: OperationRequest, workflowId: string, plan: Plan): Promise<Committed>;
  /** Makes every reachable proxy equal to the log up to at least `position`. */
  convergeProxies(id: string, position: Position): Promise<Converged>;
  /** Every reachable proxy serves a generation from `position` on and answers the plan's hosts by the right route. */
  verifyProxies(plan: Plan, position: Position): Promise<Verified>;
  /** Fences or inverts the commit `id`, then converges. Tolerates that it never happened. */
  undoCommit(id: string, reason: string): Promise<Undone>;
  /** Writes how it ended into the log. The first outcome of an id stays. */
  recordOutcome(
    id: string,
    result: 'completed' | 'undone' | 'stuck',
    detail: string | null,
    behind: readonly string[],
  ): Promise<void>;
}

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

/** How an operation ended; also the first detail of the failure of a refused, undone or stuck workflow. */
export interface OperationResult {
  readonly id: string;
  readonly result: 'completed' | 'unchanged' | 'refused' | 'undone' | 'stuck';
  /** One sentence for a person. */
  readonly detail: string | null;
  readonly refusal: Refusal | null;
  readonly warnings: readonly string[];
  readonly behind: readonly string[];
  /** Sequence of the commit; null when none was written. */
  readonly sequence: number | null;
  /** Empty where they are too large for a history; the log has them. */
  readonly changes: readonly Change[];
  readonly changeCount?: number;
}

/** Answer of the query `progress`. */
export interface Progress {
  readonly step: 'planning' | 'committing' | 'converging' | 'verifying' | 'undoing' | 'done';
  /** Sentences about what was done, in order. */
  readonly lines: readonly string[];
}

/** Names under which the worker serves and the client calls. */
export const OPERATION_WORKFLOW = 'operation';
export const PROGRESS_QUERY = 'progress';
/** Workflow that answers a dry run: its result is {@link Preview}. It writes nothing. */
export const PREVIEW_WORKFLOW = 'preview';
/** What `read test auth` prints; `checks` is empty when no identity provider is configured. */
export interface IdentityInspection {
  readonly address: string | null;
  readonly checks: readonly { readonly name: string; readonly passed: boolean; readonly detail: string }[];
}

/** Which routes `read health` asks for: one, or those after `after` in the order of their names. */
export interface HealthQuestion {
  readonly domain: string | null;
  readonly after: string | null;
}

/** A part of what `read health` prints. */
export interface HealthInspection {
  readonly routes: readonly RouteHealth[];
  /** Where the next part begins; null: there is none. */
  readonly next: string | null;
}

/** What looking at the world needs. Writes nothing. */
export interface InspectionActivities {
  inspectIdentityProvider(): Promise<IdentityInspection>;
  inspectRoutes(question: HealthQuestion): Promise<HealthInspection>;
}

export const INSPECT_IDENTITY_WORKFLOW = 'inspectIdentity';
export const INSPECT_HEALTH_WORKFLOW = 'inspectHealth';
