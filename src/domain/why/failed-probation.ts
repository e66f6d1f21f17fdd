import type { PlacedCommit } from './causes.js';

/** Returns the reason for which a probation undoes the commit with this sequence. `figures`: a sentence with those of its routes. */
export function failedProbation(operation: string, sequence: number, figures: string): string {
  return `probation of ${operation} (commit ${sequence}) failed: ${figures}`;
}

/** A commit that its probation undid, and the commit that did so. */
export interface Undone {
  readonly placed: PlacedCommit;
  readonly end: PlacedCommit;
}

/**
 * Returns the last of these commits that its probation undid, since visitors got worse; null: there is none. Such a fault may be too
 * short to be found in the figures.
 */
export function lastUndoneByProbation(
  concerned: readonly PlacedCommit[],
  commits: readonly PlacedCommit[],
): Undone | null {
  const found = commits.flatMap((end): Undone[] => {
    const { actor, reason } = end.commit;
    const [, sequence] = (actor === 'hecate' && /^probation of \S+ \(commit (\d+)\) failed: /.exec(reason ?? '')) || [];
    const placed = concerned.find((one) => one.sequence === Number(sequence));
    return placed === undefined ? [] : [{ placed, end }];
  });
  return found.at(-1) ?? null;
}
