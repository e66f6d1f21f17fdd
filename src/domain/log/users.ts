import { definitionOf, referencesFrom, resourceKey, resourceKinds, type ResourceKind } from '../resources/kinds.js';
import { all, type State } from './state.js';

/** Returns the names of the resources that refer to a resource, by kind and name, without duplicates. `by`: only those of this kind. */
export function usersOf(state: State, kind: ResourceKind, name: string, by?: ResourceKind): readonly string[] {
  const users = resourceKinds.filter(
    (user) => definitionOf(user).refersTo.includes(kind) && (by === undefined || user === by),
  );
  // Reads every kind of user as a whole, so that a plan becomes stale when another resource refers to this one.
  return [...new Set(users.flatMap((user) => usersByTarget(state, user).get(resourceKey(kind, name)) ?? []))];
}

type ByTarget = ReadonlyMap<string, readonly string[]>;

/** Cache by map of resources, which never changes. A rollback may ask for thousands of targets. */
const known = new WeakMap<State['resources'], Map<ResourceKind, ByTarget>>();

function usersByTarget(state: State, user: ResourceKind): ByTarget {
  const resources = all(state, user);
  const byKind = known.get(state.resources) ?? new Map<ResourceKind, ByTarget>();
  known.set(state.resources, byKind);
  const found = byKind.get(user) ?? indexed(resources);
  byKind.set(user, found);
  return found;
}

function indexed(resources: ReturnType<typeof all>): ByTarget {
  const found = new Map<string, string[]>();
  for (const { kind, name, value } of resources) {
    for (const target of referencesFrom(kind, value)) {
      const key = resourceKey(target.kind, target.name);
      const users = found.get(key) ?? [];
      users.push(name);
      found.set(key, users);
    }
  }
  return found;
}
