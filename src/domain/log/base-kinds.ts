import { deltaParser } from '../data/delta-list.js';
import {
  definitionOf,
  hasRole,
  kindsWithRole,
  type KindWithRole,
  type ResourceKind,
  type ResourceKinds,
} from '../resources/kinds.js';
import type { Change } from './commit.js';

/** Kinds that manifests describe. Apply, undo and rollback create, change and delete only these. */
export type BaseKind = KindWithRole<'base'>;

/** A change of a base resource. */
export type BaseChange = Extract<Change, { readonly kind: BaseKind }>;

/** Returns true for a base kind. */
export function isBaseKind(kind: ResourceKind): kind is BaseKind {
  return hasRole(kind, 'base');
}

/** Returns true for a change of a base resource. */
export function isBaseChange(change: Change): change is BaseChange {
  return isBaseKind(change.kind);
}

/**
 * Returns a parser of base resources from outside. It throws for a value that does not fit its kind. Use one parser for all
 * resources of one file, since it shares equal parts in memory.
 */
export function baseParser(): (kind: BaseKind, value: unknown) => ResourceKinds[BaseKind] {
  const parsers = new Map(kindsWithRole('base').map((kind) => [kind, deltaParser(definitionOf(kind).schema)]));
  return (kind, value) => parsers.get(kind)?.(value) as ResourceKinds[BaseKind];
}

/** Returns the reason why a value does not fit the schema of its kind; null: it fits. */
export function shapeProblem<K extends BaseKind>(kind: K, value: ResourceKinds[K]): string | null {
  const issue = definitionOf(kind).schema.safeParse(value).error?.issues[0];
  return issue === undefined ? null : `${issue.path.join('.')}: ${issue.message}`;
}
