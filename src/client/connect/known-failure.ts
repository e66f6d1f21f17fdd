import { diskFull, diskFullText, diskProblem, isFullText, isNoSpace } from '../../stack/health/disk-space.js';
import { homeLayout } from '../../stack/home-layout.js';
import { hecateHome } from '../../stack/load-connections.js';
import { Failure, networkErrorReason } from '../../ports/failure.js';

/**
 * Returns the error to show for an error that ends a command. A full disk is named as the cause of what does not answer, and
 * an error of Temporal that no caller expected is a system that is down, not a bug.
 */
export function knownFailure(error: unknown): unknown {
  if (isNoSpace(error)) return diskFull(diskFullText((error as { path?: string }).path ?? hecateHome(process.env)));
  const failure = isOfTemporal(error) ? temporalDown(error) : error;
  if (!(failure instanceof Failure) || failure.kind !== 'unavailable' || failure.details.system === 'disk')
    return failure;
  const disk = fullDisk();
  return disk === null ? failure : diskFull(`${disk}, so a part of Hecate does not work: ${failure.message}`);
}

/** Returns the sentence about the full disk of this home; null: it is not full. */
export function fullDisk(): string | null {
  const problem = diskProblem(homeLayout(hecateHome(process.env)));
  return problem !== null && isFullText(problem) ? problem : null;
}

/** Recognizes Temporal's errors by shape: the command line does not load its client for every command. */
function isOfTemporal(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const { code, details } = error as { code?: unknown; details?: unknown };
  const isGrpc = typeof code === 'number' && typeof details === 'string';
  return isGrpc || error.name === 'ServiceError' || error.name === 'NamespaceNotFoundError';
}

function temporalDown(error: Error): Failure {
  return new Failure('unavailable', `temporal did not answer: ${networkErrorReason(error)}`, {
    system: 'temporal',
    hint: 'It may be restarting; run the command again. See what runs: hecate status',
    cause: error,
  });
}
