import type { ManifestSet } from '../../adapters/manifests/index.js';
import { lint } from '../../domain/lint/lint.js';
import type { Severity } from '../../domain/lint/rule.js';
import type { ManifestResource } from '../../domain/manifests/manifest.js';
import type { SourcePosition } from '../../domain/manifests/problems.js';

/** A problem of a source, or a finding of a lint rule. */
export interface Finding extends SourcePosition {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
}

/** All problems and lint findings of a source, in the order of its files. `others`: resources in the log, which references may name. */
export function findingsOf(
  source: ManifestSet,
  others: readonly ManifestResource[],
  ignored: ReadonlySet<string>,
): Finding[] {
  const problems = source.problems.map(({ code, message, at }) => ({
    code,
    severity: 'error' as const,
    message,
    ...at,
  }));
  const linted = lint(source.resources, { others, isWhole: source.problems.length === 0 });
  const advice = linted
    .filter(({ rule }) => !ignored.has(rule.code))
    .map(({ rule: { code, severity }, message, resource, field }) => ({
      code,
      severity,
      message,
      ...source.positionOf(resource, field),
    }));
  return [...problems, ...advice].sort(byPlace);
}

function byPlace(a: Finding, b: Finding): number {
  if (a.path !== b.path) return a.path < b.path ? -1 : 1;
  return a.line - b.line || a.column - b.column || (a.code < b.code ? -1 : 1);
}
