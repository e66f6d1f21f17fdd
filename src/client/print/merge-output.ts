import { aheadText, heldText, supersededText, type MergeReport } from '../../domain/log/later-change.js';
import { relativeTime } from './relative-time.js';

/** Returns a line for each later change that merging a source met: what goes, what is held, and what is ahead of Git. */
export function mergeLines(merge: MergeReport | undefined, now = new Date().toISOString()): string[] {
  if (merge === undefined) return [];
  const when = (at: string) => relativeTime(at, now);
  return [
    ...merge.superseded.map((change) => `conflict: ${supersededText(change, when)}`),
    ...merge.held.map((change) => `held: ${heldText(change, when)}`),
    ...merge.ahead.map((change) => aheadText(change, when)),
  ];
}
