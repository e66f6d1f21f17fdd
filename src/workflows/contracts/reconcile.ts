import type { ManifestPlural } from '../../domain/resources/kinds.js';
import type { Change } from '../../domain/log/commit.js';
import type { Drift, IdentityDrift } from '../../domain/drift/drift.js';

/** The part of the environment that a reconcile looks at: one kind of resource in manifests, by its plural, or all. */
export type ReconcileComponent = ManifestPlural | 'all';

/** What the client or a schedule asks for. */
export interface ReconcileRequest {
  readonly component: ReconcileComponent;
  /** Only look. */
  readonly isDryRun: boolean;
  /** Repository to compare with, with #ref; null: every repository that was applied before. */
  readonly fromGit: string | null;
  /** Commit to bring about, whether it was applied before or not; null: the ref's end, once. */
  readonly fromCommit: string | null;
  readonly prune: boolean;
  /** Share of all routes in percent that is pruned without `yes`. Both absent: as an apply has it. */
  readonly pruneLimit?: number;
  readonly yes?: boolean;
  /** Take what was changed by hand in a proxy into the log, instead of putting it back. */
  readonly adopt: boolean;
  readonly actor: string;
  readonly reason: string | null;
}

/** A resource that the log has otherwise than the source at the commit that was applied last. */
export interface AheadOfSource {
  readonly resource: string;
  readonly git: unknown;
  readonly log: unknown;
  /** Since when, and by whom; null where the log does not tell. */
  readonly since: string | null;
  readonly by: string | null;
}

export interface SourceReport {
  readonly name: string;
  /** Where its manifests are read; null: only the person who applied it can. */
  readonly location: string | null;
  readonly appliedSha: string | null;
  /** What the ref's end, or the commit that was asked for, is now; null: it could not be read. */
  readonly sha: string | null;
  /** It was not applied yet; it will be where nothing says why not. */
  readonly isNew: boolean;
  /** Why a commit that was not applied last is left alone; null: nothing is left alone. Absent in reports of older workers. */
  readonly notApplied?: string | null;
  readonly ahead: readonly AheadOfSource[];
  /** How many there are; the list is cut. Absent in reports of older workers. */
  readonly aheadCount?: number;
  /** What a new commit would change, as far as the list goes; only a dry run tells. */
  readonly changes?: readonly Change[];
  readonly changeCount?: number;
  /** Why applying it would be refused; null: nothing is known. */
  readonly refusal?: string | null;
  readonly problem: string | null;
}

/** Since when, and by whom, the log wants something so; null where the log does not tell. */
interface Wanted {
  readonly since: string | null;
  readonly by: string | null;
}

/** Where a proxy is not what the log says. */
export interface ProxyDifference extends Drift, Wanted {
  /** As for the identity provider. Absent in reports of older workers. */
  readonly notAdopted?: string | null;
}

export interface ProxyReport {
  readonly proxy: string;
  /** Null: it does not answer. */
  readonly differences: readonly ProxyDifference[] | null;
  /** How many there are; the list is cut. */
  readonly count: number;
}

/** Where the identity provider is not what the log says. */
export interface IdentityDifference extends IdentityDrift, Wanted {
  /** Why it was not taken into the log although that was asked for; null: it was not asked for. */
  readonly notAdopted: string | null;
}

export interface AdoptionReport {
  readonly changes: readonly Change[];
  /** How many there are; the list is cut. */
  readonly count: number;
  /** Why nothing can be adopted; null: it can. */
  readonly refusal: string | null;
}

/** How wanted, logged and served differ. Everything in it is read; nothing was written. */
export interface DriftReport {
  readonly sources: readonly SourceReport[];
  readonly proxies: readonly ProxyReport[];
  /** Null: no identity provider is configured, or it was not asked about. */
  readonly identity: readonly IdentityDifference[] | null;
  /** How many there are; the list is cut. Absent in reports of older workers. */
  readonly identityCount?: number;
  /** What is taken into the log; null: that was not asked for, or not of proxies. Absent in reports of older workers. */
  readonly adoption?: AdoptionReport | null;
  /** Exceptions in force, which are no drift. */
  readonly overlays: readonly string[];
}

export interface ReconcileResult {
  readonly drift: DriftReport;
  /** What was done, a sentence each. */
  readonly done: readonly string[];
  /** What could not be done. */
  readonly failed: readonly string[];
}

/** Answer of the query `progress`. */
export interface ReconcileProgress {
  readonly step: string;
  /** Sentences about what was done, in order. */
  readonly lines: readonly string[];
}

/** What the reconcile workflow needs. Idempotent. */
export interface ReconcileActivities {
  inspectDrift(request: ReconcileRequest): Promise<DriftReport>;
  /** Writes those of the named proxies whose configuration differs; answers their names. */
  repairProxies(names: readonly string[]): Promise<readonly string[]>;
  /** Makes the identity provider equal to the log, looking at everything; answers how many writes that took. */
  repairIdentity(): Promise<number>;
}

export const RECONCILE_WORKFLOW = 'reconcile';
export const SCHEDULED_RECONCILE_WORKFLOW = 'scheduledReconcile';
/** Only one runs at a time, unless forced. */
export const RECONCILE_ID = 'reconcile';

/** Whether an id is that of a reconcile. */
export function isReconcileId(id: string): boolean {
  return id === RECONCILE_ID || id.startsWith(`${RECONCILE_ID}/`);
}
