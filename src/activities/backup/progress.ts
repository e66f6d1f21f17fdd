import { byteSize } from '../../domain/values/byte-size.js';
import type { TransferProgress } from '../../workflows/contracts/backup.js';

/** Seconds for which an estimate waits: the first moments say little. */
const SETTLED_MS = 1_000;

/** Creates the progress of a transfer. `done` and `all`: any measure of it, such as bytes. `clock` is in milliseconds. */
export function createProgress(
  clock: () => number,
): (now: { readonly bytes: number; readonly total: number | null; readonly share: number }) => TransferProgress {
  const startedAt = clock();
  let begunAt: number | null = null;
  return ({ bytes, total, share }) => {
    // Bytes that a killed attempt had sent do not count for the speed of this one.
    begunAt ??= share;
    const elapsedMs = clock() - startedAt;
    const gained = share - begunAt;
    const isKnown = elapsedMs >= SETTLED_MS && gained > 0 && share < 1;
    const secondsLeft = isKnown ? Math.max(1, Math.round(((1 - share) * elapsedMs) / gained / 1_000)) : null;
    const size = total === null ? byteSize(bytes) : `${byteSize(bytes)} of ${byteSize(total)}`;
    const percent = total === null ? `, ${Math.floor(share * 100)} %` : '';
    const left = secondsLeft === null ? '' : `, ${durationText(secondsLeft)} left`;
    return { text: `${size}${percent}${left}`, bytes, total, secondsLeft };
  };
}

function durationText(seconds: number): string {
  if (seconds < 90) return `${seconds} s`;
  return seconds < 5_400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}
