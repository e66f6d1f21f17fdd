/** The rights of Hecate's account in authentik: exactly those that this adapter uses. */
export const managerRights: readonly string[] = [
  ...all('authentik_core', 'group'),
  ...all('authentik_core', 'application'),
  'authentik_core.view_provider',
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
];

function all(app: string, model: string): readonly string[] {
  return ['view', 'add', 'change', 'delete'].map((verb) => `${app}.${verb}_${model}`);
}
