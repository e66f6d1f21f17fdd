import type { State, User } from './state.js';

/** The groups a user is in, and those above them. */
export function groupsOf(state: State, user: User): State['groups'] {
  const seen = new Set<string>();
  const climb = (pk: string): void => {
    const group = seen.has(pk) ? undefined : state.groups.find((other) => other.pk === pk);
    if (!group) return;
    seen.add(pk);
    group.parents.forEach(climb);
  };
  user.groups.forEach(climb);
  return state.groups.filter(({ pk }) => seen.has(pk));
}

export const isSuperuser = (state: State, user: User): boolean =>
  groupsOf(state, user).some((group) => group.is_superuser);

/** Whether a user may do what `right` names, by being a superuser or by a role. */
export function may(state: State, user: User, right: string): boolean {
  if (isSuperuser(state, user)) return true;
  const roles = new Set([...user.roles, ...groupsOf(state, user).flatMap((group) => group.roles)]);
  return state.roles.some((role) => roles.has(role.pk) && role.permissions.includes(right));
}
