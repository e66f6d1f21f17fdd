import type { Change, Commit } from '../log/commit.js';
import type { State } from '../log/state.js';
import { kindsWithRole, referencesFrom, resourceKey, type ResourceKey, type ResourceKind } from '../resources/kinds.js';

/** Returns the resources on which the traffic of a route depends: itself, its overlays, and everything that these name. */
export type Dependence = ReadonlySet<ResourceKey>;

/**
 * Returns everything that a route depends on now, or depended on before or after one of these commits: a route that was moved to
 * another upstream depends on both.
 */
export function dependenceOf(state: State, domain: string, commits: readonly Pick<Commit, 'changes'>[]): Dependence {
  const values = valuesByKey(state, commits);
  const found = new Set<ResourceKey>();
  const own = ['Route' as const, ...kindsWithRole('overlay')];
  const waiting: ResourceKey[] = own.map((kind) => resourceKey(kind, domain));
  for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
    if (found.has(key)) continue;
    found.add(key);
    for (const { kind, value } of values(key)) {
      for (const named of referencesFrom(kind, value as never)) waiting.push(resourceKey(named.kind, named.name));
    }
  }
  return found;
}

/** Returns the changes that concern what depends on these resources. */
export function changesOn(dependence: Dependence, changes: readonly Change[]): Change[] {
  return changes.filter(({ kind, name }) => dependence.has(resourceKey(kind, name)));
}

function valuesByKey(state: State, commits: readonly Pick<Commit, 'changes'>[]) {
  const past = new Map<ResourceKey, { readonly kind: ResourceKind; readonly value: object }[]>();
  for (const { changes } of commits) {
    for (const { kind, name, before, after } of changes) {
      const key = resourceKey(kind, name);
      const known = past.get(key) ?? [];
      past.set(key, known);
      for (const value of [before, after]) if (value !== null) known.push({ kind, value });
    }
  }
  return (key: ResourceKey) => {
    const now = state.resources.get(key);
    return [...(past.get(key) ?? []), ...(now === undefined ? [] : [{ kind: now.kind, value: now.value as object }])];
  };
}
