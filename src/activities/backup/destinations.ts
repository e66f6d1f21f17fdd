import { isObject } from '../../domain/data/json.js';
import { isS3 } from '../../domain/values/backup-destination.js';
import type { BackupStore, S3Access } from '../../ports/backup/backups.js';
import { Failure } from '../../ports/failure.js';
import type { BackupTarget, DestinationProblem } from '../../workflows/contracts/backup.js';
import type { Dependencies } from '../dependencies.js';

/** Dependencies for opening destinations. */
export type Opening = Pick<Dependencies, 'secrets' | 'sha256' | 'backups'>;

const SHORT_HASH = 16;

/** A destination that answered, and its backups. */
export interface OpenedDestination {
  readonly place: string;
  readonly store: BackupStore;
}

/** The destinations of a request: those that answered, and why the others did not. */
export interface Destinations {
  readonly opened: readonly OpenedDestination[];
  readonly problems: readonly DestinationProblem[];
}

/** Returns the path in Hecate's own mount of the access to a destination. */
export function accessPath({ sha256 }: Pick<Opening, 'sha256'>, place: string): string {
  return `backup/destinations/${sha256(place).slice(0, SHORT_HASH)}`;
}

/** Opens a destination with the access that was kept for it; without one with the worker's own. */
export async function openDestination(deps: Opening, place: string): Promise<BackupStore> {
  return deps.backups.openStore(place, await keptAccess(deps, place));
}

/**
 * Opens a destination of a request. Staged access is kept for later runs, in place of the one before; a dry run leaves it where
 * it is. Idempotent.
 */
export async function openTarget(
  deps: Opening,
  { place, stagedAccess }: BackupTarget,
  { isDryRun }: { readonly isDryRun: boolean },
): Promise<BackupStore> {
  const staged = stagedAccess === null ? null : await stagedOf(deps, stagedAccess);
  if (staged === null) return openDestination(deps, place);
  const access = accessIn(staged);
  if (access === null) throw new Failure('invalid', `the credentials that were handed over for ${place} are not valid`);
  const store = await deps.backups.openStore(place, access);
  if (isDryRun || stagedAccess === null) return store;
  // Kept only when they work: those of a mistyped command must not replace good ones.
  await store.owner();
  await deps.secrets?.replace(accessPath(deps, place), { access: staged });
  await deps.secrets?.discard(stagedAccess);
  return store;
}

async function stagedOf({ secrets }: Opening, id: string): Promise<string | null> {
  if (secrets === null) {
    throw new Failure('invalid', 'credentials were handed over, and this worker has no Vault to read them from', {
      hint: 'Give the worker credentials of its own: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    });
  }
  return secrets.staged(id);
}

async function keptAccess(deps: Opening, place: string): Promise<S3Access | null> {
  if (!isS3(place) || deps.secrets === null) return null;
  const kept = await deps.secrets.read(accessPath(deps, place));
  return accessIn(kept?.['access']);
}

function accessIn(text: string | undefined): S3Access | null {
  if (text === undefined) return null;
  try {
    const access: unknown = JSON.parse(text);
    return isObject(access) && typeof access['region'] === 'string' ? (access as unknown as S3Access) : null;
  } catch {
    return null;
  }
}
