import { intervalMs, DAY_MS } from '../../domain/values/interval.js';
import { prefixIn } from '../../domain/values/environment-name.js';
import type { ScheduleAction } from '../../domain/schedules/actions.js';
import type { RetentionRules } from '../../domain/backup/retention.js';
import {
  backupWorkflowId,
  destinationsText,
  type BackupRequest,
  type MakeBackupRequest,
  type PruneRequest,
} from '../../workflows/contracts/backup.js';
import type { BackupRunGrant, BackupStep } from '../../workflows/contracts/backup-run.js';
import type { Dependencies } from '../dependencies.js';
import { joinedSince, type Joining } from './join-shipped.js';
import type { Caller } from '../trust/caller.js';
import { sealedRequest, type Sealing } from '../trust/sealed-request.js';

/** Dependencies for authorizing the steps of a scheduled backup. */
export type AuthorizingBackups = Sealing & Joining & Pick<Dependencies, 'newId'>;

/**
 * Returns the sealed request of a step of a scheduled backup, for the workflow that makes backups. It is valid for five minutes,
 * so that one which had to wait asks again. Null: the schedule does not prune.
 */
export async function authorizeBackup(
  deps: AuthorizingBackups,
  caller: Caller,
  { grant, step }: { readonly grant: BackupRunGrant; readonly step: BackupStep },
): Promise<BackupRequest | null> {
  const request = step === 'make' ? await makeRequest(deps, grant) : pruneRequest(deps.newId(), grant);
  if (request === null) return null;
  const workflowId = backupWorkflowId(prefixIn(caller.workflowId));
  return sealedRequest(deps, { purpose: 'backup', workflowId, request });
}

async function makeRequest(deps: AuthorizingBackups, grant: BackupRunGrant): Promise<MakeBackupRequest> {
  const { backupKind, continuous, lock } = grant.action;
  const isIncremental = continuous || backupKind === 'incremental';
  // The increment of a continuous schedule joins those that were shipped since the one before.
  const since = continuous ? ((await joinedSince(deps, grant)) ?? 'last') : 'last';
  return {
    ...requested(deps.newId(), grant),
    operation: isIncremental ? 'backup.incremental' : 'backup.full',
    since: isIncremental ? since : null,
    isFullIfNone: isIncremental,
    ...{ components: null, isEncrypted: true },
    lockDays: lock === null ? null : Math.ceil(intervalMs(lock) / DAY_MS),
  };
}

function pruneRequest(id: string, grant: BackupRunGrant): PruneRequest | null {
  const rules = rulesOf(grant.action);
  return Object.keys(rules).length === 0 ? null : { ...requested(id, grant), operation: 'backup.prune', rules };
}

function requested(id: string, { action, actor, onBehalfOf, reason }: BackupRunGrant) {
  const destinations = action.destination.map((place) => ({ place, stagedAccess: null }));
  return {
    ...{ id, subject: destinationsText(destinations), destinations, isDryRun: false, actor, reason },
    ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
  };
}

/** Returns the rules of a schedule's pruning; empty: it prunes nothing. */
function rulesOf({ keepLast, keepDaily, keepMonthly, keepWithin }: ScheduleAction<'backup'>): RetentionRules {
  return {
    ...(keepLast === null ? {} : { keepLast }),
    ...(keepDaily === null ? {} : { keepDaily }),
    ...(keepMonthly === null ? {} : { keepMonthly }),
    ...(keepWithin === null ? {} : { keepWithinMs: intervalMs(keepWithin) }),
  };
}
