import type { Binding } from './state.js';
import type { Store } from './store.js';

/** The bindings that would go with an object, as `used_by` names them. */
export function bindingNames(store: Store, concerns: (binding: Binding) => boolean) {
  return store.state.bindings.filter(concerns).map((row) => ({
    app: 'authentik_policies',
    model_name: 'policybinding',
    pk: row.pk,
    name: `Binding from ${nameOfTarget(store, row.target)} #${row.order} to ${nameOfSubject(store, row)}`,
    action: 'cascade',
  }));
}

const nameOfTarget = (store: Store, pk: string) =>
  store.find('applications', pk)?.name ?? store.find('rules', pk)?.name ?? pk;

function nameOfSubject(store: Store, { group, user, policy }: Binding): string {
  if (group) return `Group ${store.find('groups', group)?.name}`;
  if (user !== null) return `User ${store.find('users', user)?.username}`;
  return `Policy ${store.find('policies', policy)?.name}`;
}
