import type { State, User } from './state.js';

/** What a manager of access needs: the rights of the `hecate` service account, and no other. */
export const managerRights: readonly string[] = [
  ...all('authentik_core', 'group'),
  'authentik_core.add_user_to_group',
  'authentik_core.remove_user_from_group',
  ...all('authentik_core', 'application'),
  'authentik_core.view_provider',
  'authentik_core.view_user',
  'authentik_core.view_authenticatedsession',
  'authentik_core.delete_authenticatedsession',
  ...all('authentik_providers_proxy', 'proxyprovider'),
  ...all('authentik_policies', 'policybinding'),
  'authentik_policies.view_policy',
  ...all('authentik_policies_expression', 'expressionpolicy'),
  ...all('authentik_flows', 'flow'),
  ...all('authentik_flows', 'flowstagebinding'),
  'authentik_flows.view_stage',
  ...all('authentik_stages_authenticator_validate', 'authenticatorvalidatestage'),
  'authentik_stages_authenticator_totp.view_authenticatortotpstage',
  'authentik_outposts.view_outpost',
  'authentik_outposts.change_outpost',
  'authentik_events.view_event',
];

function all(app: string, model: string): readonly string[] {
  return ['view', 'add', 'change', 'delete'].map((verb) => `${app}.${verb}_${model}`);
}

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
