import { structuredPatch } from 'diff';

/** Most changed lines that are aligned; comparing costs about the square of their number. */
const MOST_EDITS = 2_000;

/**
 * Returns the unified diff from one text to another, without the lines that name files; empty: they are equal. Texts with more
 * than 2,000 changed lines are shown as wholly replaced.
 */
export function unifiedDiff(before: string, after: string): string[] {
  if (before === after) return [];
  const patch = structuredPatch('', '', `${before}\n`, `${after}\n`, '', '', { context: 3, maxEditLength: MOST_EDITS });
  if (patch === undefined) return replaced(before.split('\n'), after.split('\n'));
  return patch.hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
    `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`,
    ...lines,
  ]);
}

function replaced(before: readonly string[], after: readonly string[]): string[] {
  return [
    `@@ -1,${before.length} +1,${after.length} @@`,
    ...before.map((line) => `-${line}`),
    ...after.map((line) => `+${line}`),
  ];
}
