import type { StandInState, User } from './state.js';

/** Returns the groups of a user, with their parent groups. */
export function groupsOf(state: StandInState, user: User): StandInState['groups'] {
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

/** Returns true when a group of the user, or a parent of it, is a superuser group. */
export const isSuperuser = (state: StandInState, user: User): boolean =>
  groupsOf(state, user).some((group) => group.is_superuser);

/** Returns true when a user has a right, as a superuser or through a role. */
export function may(state: StandInState, user: User, right: string): boolean {
  if (isSuperuser(state, user)) return true;
  const roles = new Set([...user.roles, ...groupsOf(state, user).flatMap((group) => group.roles)]);
  return state.roles.some((role) => roles.has(role.pk) && role.permissions.includes(right));
}
