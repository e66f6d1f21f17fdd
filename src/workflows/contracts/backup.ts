import type { CommitProof, RequestOrigin } from '../../domain/log/commit.js';
import type { BackupKind, BackupRecord, LogRange } from '../../domain/backup/manifest.js';
import type { RetentionRules } from '../../domain/backup/retention.js';
import type { ErrorKind } from '../../domain/refusal.js';
import type { Proof } from '../../domain/trust/proof.js';
import { withoutPrefix, withPrefix } from '../../domain/values/environment-name.js';

/** Keys under which the history has backups and their removal. */
export const backupOperations = ['backup.full', 'backup.incremental', 'backup.components', 'backup.prune'] as const;

/** Key under which the history has a backup, or the removal of backups. */
export type BackupOperation = (typeof backupOperations)[number];

/** A destination of a request. */
export interface BackupTarget {
  /** `s3://bucket/prefix/`, or the absolute path of a folder that the worker reads and writes. */
  readonly place: string;
  /** Id under which Vault's staging mount has its `S3Access` as JSON; null: the worker has what it needs. */
  readonly stagedAccess: string | null;
}

/** Fields of every request. */
interface Requested {
  /** Unique. */
  readonly id: string;
  readonly operation: BackupOperation;
  /** The destinations, as {@link destinationsText} writes them. */
  readonly subject: string;
  /** One to ten, each once. */
  readonly destinations: readonly BackupTarget[];
  /** Answers what would happen; changes nothing. */
  readonly isDryRun: boolean;
  /** The operator whose key signed the request; the maker of a schedule, when a worker sealed it. */
  readonly actor: string;
  /** Person or program that the actor names as the origin; absent: the actor itself. */
  readonly onBehalfOf?: string;
  readonly reason: string | null;
  /** As in an `OperationRequest`. */
  readonly from?: RequestOrigin;
  readonly proof?: Proof;
}

/** Request of a backup. One archive goes to all destinations. */
export interface MakeBackupRequest extends Requested {
  readonly operation: Exclude<BackupOperation, 'backup.prune'>;
  /** Of an incremental one: `last`, or a time (ISO 8601 UTC); else null. */
  readonly since: string | null;
  /** Makes a full backup in place of an incremental one while a destination has none. Schedules set it. */
  readonly isFullIfNone: boolean;
  /** Components of a backup of components; else null. */
  readonly components: readonly string[] | null;
  /** False is possible for a backup of components only. */
  readonly isEncrypted: boolean;
  /** Days of the Object Lock; null: none. */
  readonly lockDays: number | null;
}

/** Request to remove old backups. */
export interface PruneRequest extends Requested {
  readonly operation: 'backup.prune';
  readonly rules: RetentionRules;
}

/** Request of a client or a schedule. */
export type BackupRequest = MakeBackupRequest | PruneRequest;

/** A destination that failed, and why. */
export interface DestinationProblem {
  readonly place: string;
  readonly kind: ErrorKind;
  readonly message: string;
  /** The way out; null: there is none. */
  readonly hint: string | null;
}

/** Request of a grant, without what only its admission needs. */
type GrantedRequest = Pick<
  BackupRequest,
  'id' | 'operation' | 'subject' | 'actor' | 'onBehalfOf' | 'reason' | 'from'
> & {
  /** The operator's proof for the history; null: a worker made the request. Absent in grants of workers before 0.7. */
  readonly kept?: CommitProof | null;
  /** A worker made the request, for a schedule. */
  readonly isAutomatic: boolean;
};

/** Permission of one run to make a backup, sealed by the worker that verified its request. */
export interface BackupGrant {
  readonly request: GrantedRequest;
  /** Of the record that the backup will have. Its range is fixed: the state and the log of that moment. */
  readonly backup: Pick<
    BackupRecord,
    'name' | 'kind' | 'createdAt' | 'environment' | 'range' | 'parent' | 'components' | 'recipients'
  >;
  /** Destinations that take it. */
  readonly places: readonly string[];
  /** Destinations of the request that could not be opened. */
  readonly problems: readonly DestinationProblem[];
  readonly lockDays: number | null;
  readonly warnings: readonly string[];
  readonly seal: string;
}

/** Permission of one run to remove backups, sealed by the worker that verified its request. */
export interface PruneGrant {
  readonly request: GrantedRequest;
  /** Names of the backups to remove, in the order of their removal, by destination. */
  readonly removed: readonly { readonly place: string; readonly names: readonly string[] }[];
  readonly problems: readonly DestinationProblem[];
  readonly seal: string;
}

/** What `backup prune` keeps and removes at one destination. */
export interface PrunePlan {
  readonly place: string;
  readonly kept: readonly { readonly name: string; readonly why: readonly string[] }[];
  readonly removed: readonly { readonly name: string; readonly bytes: number }[];
}

/** What a backup would have. */
export interface BackupPreview {
  readonly name: string;
  readonly kind: BackupKind;
  readonly range: LogRange | null;
  readonly parent: BackupRecord['parent'];
  /** Estimated size before it is compressed, in bytes. */
  readonly estimatedBytes: number;
  readonly contains: readonly string[];
  readonly omits: readonly string[];
}

/** What a request may do. */
export type AdmittedBackup =
  | { readonly kind: 'make'; readonly grant: BackupGrant }
  | { readonly kind: 'prune'; readonly grant: PruneGrant; readonly plans: readonly PrunePlan[] }
  /** No commit since the backup that it would go on from. */
  | { readonly kind: 'nothing'; readonly message: string; readonly warnings: readonly string[] }
  | DryRun;

/** Answers of a dry run. */
export type DryRun =
  | {
      readonly kind: 'preview';
      readonly preview: BackupPreview;
      readonly problems: readonly DestinationProblem[];
      readonly warnings: readonly string[];
    }
  | {
      readonly kind: 'prune-preview';
      readonly plans: readonly PrunePlan[];
      readonly problems: readonly DestinationProblem[];
    };

/** A packed archive in the spool of the worker. */
export interface PackedBackup extends Pick<BackupRecord, 'file' | 'bytes' | 'sha256'> {
  /** Sentences of its manifest. */
  readonly contains: readonly string[];
  readonly omits: readonly string[];
  /** Number of messages of the log in it. */
  readonly messages: number;
}

/** Progress in the heartbeats of an activity. The Web UI shows it. */
export interface TransferProgress {
  /** Such as `12.4 MB of 80 MB, 15 s left`. */
  readonly text: string;
  /** Bytes written or sent so far. */
  readonly bytes: number;
  /** Bytes to send; null: not known before it is packed. */
  readonly total: number | null;
  /** Estimated time left in seconds; null: not known yet. */
  readonly secondsLeft: number | null;
}

/** A destination that has the whole backup, sealed by the worker that sent it and read it back. */
export interface SentBackup {
  readonly place: string;
  readonly sha256: string;
  readonly seal: string;
}

/** How a backup ended at a destination. */
export interface DestinationResult {
  readonly place: string;
  /** The destination has the whole backup. */
  readonly isWhole: boolean;
  /** `latest` there names this backup. */
  readonly isLatest: boolean;
}

/** End of a backup, as the workflow asks for it. */
export interface BackupEnding {
  readonly kind: 'finish' | 'cancel' | 'fail';
  readonly sent: readonly SentBackup[];
  readonly problems: readonly DestinationProblem[];
  /** Why it could not be packed; null: it was, or it was cancelled. */
  readonly reason: string | null;
}

/** How a backup ended. */
export interface EndedBackup {
  readonly destinations: readonly DestinationResult[];
  /** Problems of the ending, and those of the grant. */
  readonly problems: readonly DestinationProblem[];
}

/** Activities of the backup workflow. Idempotent. */
export interface BackupActivities {
  /**
   * Verifies a request, keeps the access of its destinations in Vault, claims them, and fixes the backup's name and range.
   * Destinations that fail are in `problems`; throws when all fail. Records a failure or refusal in the history. A dry run
   * changes nothing.
   */
  admitBackup(request: BackupRequest): Promise<AdmittedBackup>;
  /** Packs the backup into the spool. One that is there whole is used again. */
  packBackup(grant: BackupGrant): Promise<PackedBackup>;
  /** Sends the packed backup to a destination of the grant, with its record. Goes on where it was killed. */
  sendBackup(grant: BackupGrant, place: string): Promise<SentBackup>;
  /**
   * Makes the backup the latest one at each destination that has it whole, and records the outcome. Removes the
   * spool, and with `cancel` and `fail` what unfinished sending left at the destinations.
   */
  endBackup(grant: BackupGrant, ending: BackupEnding): Promise<EndedBackup>;
  /** Removes the backups of a grant at one destination. Returns the names of those that are gone. */
  removeBackups(grant: PruneGrant, place: string): Promise<readonly string[]>;
  /** Records the outcome of a prune. `problems`: destinations where backups could not be removed. */
  endPrune(grant: PruneGrant, problems: readonly DestinationProblem[], isCancelled: boolean): Promise<void>;
}

/** Result of a backup that was made, in the first detail of its failure when a destination does not have it. */
export interface MadeBackup extends PackedBackup {
  readonly kind: 'made';
  readonly name: string;
  readonly backupKind: BackupKind;
  readonly createdAt: string;
  readonly range: LogRange | null;
  readonly parent: BackupRecord['parent'];
  readonly components: BackupRecord['components'];
  readonly isEncrypted: boolean;
  readonly destinations: readonly DestinationResult[];
  readonly problems: readonly DestinationProblem[];
  readonly warnings: readonly string[];
  /** Durations in milliseconds. */
  readonly durations: { readonly packMs: number; readonly sendMs: number; readonly totalMs: number };
}

/** Result of removing backups. */
export interface PrunedBackups {
  readonly kind: 'pruned';
  /** What was planned; of `removed` those that are gone. */
  readonly plans: readonly PrunePlan[];
  readonly problems: readonly DestinationProblem[];
}

/** Result of the backup workflow. */
export type BackupResult = MadeBackup | PrunedBackups | DryRun | Extract<AdmittedBackup, { readonly kind: 'nothing' }>;

/** Answer of a backup workflow to a query for its progress. */
export interface BackupProgress {
  readonly step: string;
  /** Sentences about what was finished, in order. */
  readonly lines: readonly string[];
}

/** Type name of the backup workflow. */
export const BACKUP_WORKFLOW = 'backup';
/** Id of a backup as people type it. */
export const BACKUP_ID = 'backup';

/** Returns the workflow id of an environment's backup: only one runs at a time. With `beside`, a dry run's own id. */
export function backupWorkflowId(prefix: string, beside?: string): string {
  return withPrefix(prefix, beside === undefined ? BACKUP_ID : `${BACKUP_ID}/${beside}`);
}

/** Returns true for the id of a backup, with or without an environment's prefix. */
export function isBackupId(id: string): boolean {
  const short = withoutPrefix(id);
  return short === BACKUP_ID || short.startsWith(`${BACKUP_ID}/`);
}

/** Returns destinations as one text for the history. */
export function destinationsText(destinations: readonly Pick<BackupTarget, 'place'>[]): string {
  return destinations.map(({ place }) => place).join(', ');
}

/** Returns the destinations in a text of {@link destinationsText}. */
export function destinationsIn(text: string): readonly string[] {
  return text.split(/, (?=s3:\/\/|\/)/).filter((place) => place !== '');
}
