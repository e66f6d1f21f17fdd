import type { Proof } from '../../domain/trust/proof.js';
import type { ReconcileComponent } from '../../domain/resources/components.js';
import type { Change } from '../../domain/log/commit.js';
import type { LaterChange } from '../../domain/log/later-change.js';
import type { OperationRequest } from './plan.js';
import type { Drift, IdentityDrift } from '../../domain/drift/drift.js';
import type { ErrorKind } from '../../domain/refusal.js';
import { withoutPrefix, withPrefix } from '../../domain/values/environment-name.js';

/** Request of a client or a schedule. */
export interface ReconcileRequest {
  /** Unique; absent in histories of workers before 0.6 and in requests of schedules. */
  readonly id?: string;
  readonly component: ReconcileComponent;
  /** Compare only; change nothing. */
  readonly isDryRun: boolean;
  /** Repository URL with #ref; null: every repository that was applied before. */
  readonly fromGit: string | null;
  /** Commit to apply, even when it was applied before; null: the newest commit of the ref, once. */
  readonly fromCommit: string | null;
  readonly prune: boolean;
  /** Most routes in percent that may be pruned without `yes`. Both absent: the defaults of `update apply`. */
  readonly pruneLimit?: number;
  readonly yes?: boolean;
  /** Adopt changes made by hand in a proxy into the log, instead of reverting them. */
  readonly adopt: boolean;
  /** The operator whose key signed the request. */
  readonly actor: string;
  /** Person or program that the actor names as the origin; absent: the actor itself. */
  readonly onBehalfOf?: string;
  /** Absent in histories of workers before 0.6. */
  readonly proof?: Proof;
  readonly reason: string | null;
}

/** Fields of a resource that one commit of the log changed and that the source has otherwise. */
export interface AheadOfSource {
  readonly resource: string;
  readonly git: unknown;
  readonly log: unknown;
  /** Time and actor of the last change in the log; null: unknown. */
  readonly since: string | null;
  readonly by: string | null;
  /** Reason of that change; null: none was given, or it is unknown. Absent in reports of older workers. */
  readonly reason?: string | null;
  /** The fields that differ; absent for secrets, and in reports of older workers. */
  readonly fields?: readonly LaterChange[];
}

/** Comparison of one source with the log. */
export interface SourceReport {
  readonly name: string;
  /** Address of its manifests; null: a folder that only the person who applied it can read. */
  readonly location: string | null;
  readonly appliedSha: string | null;
  /** The newest commit of the ref, or the requested commit; null: it could not be read. */
  readonly sha: string | null;
  /** The commit was not applied yet. It will be, unless `notApplied` says why not. */
  readonly isNew: boolean;
  /** The reason for not applying the commit; null: it is applied, or was. Absent in reports of older workers. */
  readonly notApplied?: string | null;
  /** Reasons for which a part of the commit, or all of it, is not applied; absent: nothing is held. */
  readonly held?: readonly string[];
  /** The reasons in the log. Reconcile records others. Absent: the source is not in the log, or nothing is held there. */
  readonly recorded?: readonly string[];
  readonly ahead: readonly AheadOfSource[];
  /** Full number; the list is cut. Absent in reports of older workers. */
  readonly aheadCount?: number;
  /** Changes that a new commit would make; only in a dry run, and limited in number. */
  readonly changes?: readonly Change[];
  readonly changeCount?: number;
  /** The reason for which applying would be refused; null: it would not, or that is unknown. */
  readonly refusal?: string | null;
  readonly problem: string | null;
}

/** Time and actor of the last change in the log; null: unknown. */
interface Wanted {
  readonly since: string | null;
  readonly by: string | null;
}

/** A difference between a proxy and the log. */
export interface ProxyDifference extends Drift, Wanted {
  /** The reason for not adopting it on request; null: adopting was not requested. Absent in reports of older workers. */
  readonly notAdopted?: string | null;
}

/** Drift of one proxy. */
export interface ProxyReport {
  readonly proxy: string;
  /** Null: it does not answer. */
  readonly differences: readonly ProxyDifference[] | null;
  /** Full number; the list is cut. */
  readonly count: number;
  /** Reasons for which the proxy is not written again; absent: there are none. */
  readonly held?: readonly string[];
  /** Number of routes beyond the limit, which nobody asked about before the repair; absent: none. */
  readonly unasked?: number;
}

/** A difference between the identity provider and the log. */
export interface IdentityDifference extends IdentityDrift, Wanted {
  /** The reason for not adopting it on request; null: adopting was not requested. */
  readonly notAdopted: string | null;
}

/** A difference between Temporal's schedules and the log. */
export interface ScheduleDifference extends Drift, Wanted {}

/** Changes of the log by adopting. */
export interface AdoptionReport {
  readonly changes: readonly Change[];
  /** Full number; the list is cut. */
  readonly count: number;
  /** The reason for which adopting is refused; null: it is possible. */
  readonly refusal: string | null;
}

/** Differences between desired state (Git), the log and the servers. Nothing was written for it. */
export interface DriftReport {
  readonly sources: readonly SourceReport[];
  readonly proxies: readonly ProxyReport[];
  /** Null: no identity provider is configured, or it was not requested. */
  readonly identity: readonly IdentityDifference[] | null;
  /** Full number; the list is cut. Absent in reports of older workers. */
  readonly identityCount?: number;
  /** The reason why the identity provider could not be compared; absent: it could. */
  readonly identityProblem?: string;
  /** Kind of that problem. Absent in reports of older workers. */
  readonly identityProblemKind?: ErrorKind;
  /** Differences of Temporal's schedules, limited in number; absent: schedules were not compared, as by older workers. */
  readonly schedules?: readonly ScheduleDifference[];
  /** Full number; absent: schedules were not compared. */
  readonly scheduleCount?: number;
  /** The reason why Temporal's schedules could not be compared; absent: they could, or were not. */
  readonly scheduleProblem?: string;
  /** The reason why Vault does not answer, so that missing secrets would not be found; absent: it does. */
  readonly secretsProblem?: string;
  /** Kind of that problem. Absent in reports of older workers. */
  readonly secretsProblemKind?: ErrorKind;
  /** Changes by adopting; null: it was not requested, or proxies were not compared. Absent in reports of older workers. */
  readonly adoption?: AdoptionReport | null;
  /** Overlays in force, which are not drift. */
  readonly overlays: readonly string[];
}

/** Repair of the identity provider, with the differences that are there afterwards. */
export interface IdentityRepair {
  readonly writes: number;
  /** Objects that could not be written. */
  readonly problems: readonly { readonly subject: string; readonly message: string }[];
  readonly left: readonly IdentityDrift[];
  /** Full number of differences; the list is cut. */
  readonly count: number;
  /** Reason why it could not be written or compared at all; absent: it could. */
  readonly problem?: string;
}

/** Result of a reconcile. */
export interface ReconcileResult {
  readonly drift: DriftReport;
  /** Steps that were done, a sentence each. */
  readonly done: readonly string[];
  /** Steps that failed, each with its cause. */
  readonly failed: readonly string[];
  /** What Git has and the log does not get until a person decides, a sentence each. Absent in results of older workers. */
  readonly held?: readonly string[];
}

/** Answer of the query `progress`. */
export interface ReconcileProgress {
  readonly step: string;
  /** Sentences about what was finished, in order. */
  readonly lines: readonly string[];
}

/** A report, with the right to remove what it found. */
export interface Inspected extends DriftReport {
  /** Absent for a dry run, and in histories of workers before 0.6. */
  readonly grant?: ReconcileGrant;
}

/** What one run of a reconcile may do, sealed by the worker that verified its request and found the drift. */
export interface ReconcileGrant {
  readonly request: Pick<ReconcileRequest, 'actor' | 'onBehalfOf' | 'reason' | 'prune' | 'pruneLimit' | 'yes'>;
  /** Sources whose new commit may be applied, and those of which only the held reasons may be recorded. */
  readonly sources: readonly GrantedSource[];
  readonly adopts: boolean;
  /** Names of the proxies that may be written again. */
  readonly proxies: readonly string[];
  readonly repairsIdentity: boolean;
  readonly seal: string;
}

/** A source in a grant. */
export interface GrantedSource extends Pick<SourceReport, 'name' | 'location' | 'sha'> {
  /** Its commit may be applied. */
  readonly isNew: boolean;
  /** Reasons to record when nothing is applied; null: those in the log are right. */
  readonly held: readonly string[] | null;
}

/** An operation that a reconcile starts. `hold` records why a commit of the source is not applied. */
export type ReconcileStep = { readonly kind: 'apply' | 'hold'; readonly source: string } | { readonly kind: 'adopt' };

/** Activities of the reconcile workflow. Idempotent. */
export interface ReconcileActivities {
  /** Compares everything that is requested. Writes nothing. */
  inspectDrift(request: ReconcileRequest): Promise<Inspected>;
  /** Returns the request of a step that the grant allows, sealed; null: nothing is to be done. */
  authorizeStep(grant: ReconcileGrant, step: ReconcileStep): Promise<OperationRequest | null>;
  /** Writes the proxies among the named ones that the grant allows, and returns their names. */
  repairProxies(names: readonly string[], grant?: ReconcileGrant): Promise<readonly string[]>;
  /**
   * Writes the log's state to the identity provider after comparing everything, and looks at it again. A number in results
   * of older workers: that of the writes.
   */
  repairIdentity(grant?: ReconcileGrant): Promise<IdentityRepair | number>;
}

/** Type name of the reconcile workflow. */
export const RECONCILE_WORKFLOW = 'reconcile';
/** Type name of the workflow that a schedule starts. */
export const SCHEDULED_RECONCILE_WORKFLOW = 'scheduledReconcile';
/** Id of a reconcile as people type it. */
export const RECONCILE_ID = 'reconcile';

/** Returns the workflow id of an environment's reconcile: only one runs at a time. With `beside`, a unique id, another one may. */
export function reconcileWorkflowId(prefix: string, beside?: string): string {
  return withPrefix(prefix, beside === undefined ? RECONCILE_ID : `${RECONCILE_ID}/${beside}`);
}

/** Returns true for the id of a reconcile, with or without an environment's prefix. */
export function isReconcileId(id: string): boolean {
  const short = withoutPrefix(id);
  return short === RECONCILE_ID || short.startsWith(`${RECONCILE_ID}/`);
}
