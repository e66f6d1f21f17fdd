import type {
  AdminApi,
  CoreApi,
  EventsApi,
  FlowsApi,
  OutpostsApi,
  PoliciesApi,
  ProvidersApi,
  RbacApi,
  StagesApi,
} from './generated-client.js';

/** The parts of authentik's generated client. */
interface Parts {
  readonly admin: AdminApi;
  readonly core: CoreApi;
  readonly events: EventsApi;
  readonly flows: FlowsApi;
  readonly outposts: OutpostsApi;
  readonly policies: PoliciesApi;
  readonly providers: ProvidersApi;
  readonly rbac: RbacApi;
  readonly stages: StagesApi;
}

type CallTable = { readonly [Part in keyof Parts]: { readonly [Call in keyof Parts[Part]]?: string | null } };

/**
 * Every call that Hecate makes, with the right that it needs; null: any account may make it. A call that is not in this
 * table does not compile, and the rights of Hecate's account are exactly those in it.
 */
const CALLS = {
  admin: { adminVersionRetrieve: null },
  core: {
    coreUsersMeRetrieveRaw: null,
    coreGroupsList: 'authentik_core.view_group',
    coreGroupsCreate: 'authentik_core.add_group',
    coreGroupsDestroy: 'authentik_core.delete_group',
    // Lists those that the account may open itself; only a superuser sees all.
    coreApplicationsList: null,
    coreApplicationsRetrieve: 'authentik_core.view_application',
    coreApplicationsCreate: 'authentik_core.add_application',
    coreApplicationsPartialUpdate: 'authentik_core.change_application',
    coreApplicationsDestroy: 'authentik_core.delete_application',
    // Every account may make, list, view and delete its own tokens. The rights would open the tokens of all accounts to Hecate.
    coreTokensListRaw: null,
    coreTokensRetrieveRaw: null,
    coreTokensCreateRaw: null,
    coreTokensViewKeyRetrieve: null,
    coreTokensDestroy: null,
  },
  events: { eventsEventsList: 'authentik_events.view_event' },
  flows: {
    flowsInstancesList: 'authentik_flows.view_flow',
    flowsInstancesCreate: 'authentik_flows.add_flow',
    flowsInstancesPartialUpdate: 'authentik_flows.change_flow',
    flowsInstancesDestroy: 'authentik_flows.delete_flow',
    flowsBindingsList: 'authentik_flows.view_flowstagebinding',
    flowsBindingsCreate: 'authentik_flows.add_flowstagebinding',
    flowsBindingsUpdate: 'authentik_flows.change_flowstagebinding',
    flowsBindingsDestroy: 'authentik_flows.delete_flowstagebinding',
  },
  outposts: {
    outpostsInstancesList: 'authentik_outposts.view_outpost',
    outpostsInstancesHealthList: 'authentik_outposts.view_outpost',
    outpostsInstancesPartialUpdate: 'authentik_outposts.change_outpost',
  },
  policies: {
    policiesBindingsList: 'authentik_policies.view_policybinding',
    policiesBindingsCreate: 'authentik_policies.add_policybinding',
    policiesBindingsUpdate: 'authentik_policies.change_policybinding',
    policiesBindingsDestroy: 'authentik_policies.delete_policybinding',
    policiesExpressionList: 'authentik_policies_expression.view_expressionpolicy',
    policiesExpressionCreate: 'authentik_policies_expression.add_expressionpolicy',
    policiesExpressionPartialUpdate: 'authentik_policies_expression.change_expressionpolicy',
    policiesExpressionDestroy: 'authentik_policies_expression.delete_expressionpolicy',
  },
  providers: {
    providersProxyList: 'authentik_providers_proxy.view_proxyprovider',
    providersProxyCreate: 'authentik_providers_proxy.add_proxyprovider',
    providersProxyPartialUpdate: 'authentik_providers_proxy.change_proxyprovider',
    providersProxyDestroy: 'authentik_providers_proxy.delete_proxyprovider',
  },
  rbac: { rbacPermissionsList: null },
  stages: {
    stagesAuthenticatorTotpList: 'authentik_stages_authenticator_totp.view_authenticatortotpstage',
    stagesAuthenticatorValidateList: 'authentik_stages_authenticator_validate.view_authenticatorvalidatestage',
    stagesAuthenticatorValidateCreate: 'authentik_stages_authenticator_validate.add_authenticatorvalidatestage',
    stagesAuthenticatorValidatePartialUpdate:
      'authentik_stages_authenticator_validate.change_authenticatorvalidatestage',
    stagesAuthenticatorValidateDestroy: 'authentik_stages_authenticator_validate.delete_authenticatorvalidatestage',
  },
} as const satisfies CallTable;

/** The calls of authentik's generated client that Hecate makes. */
export type AuthentikApi = {
  readonly [Part in keyof typeof CALLS]: Pick<Parts[Part], keyof Parts[Part] & keyof (typeof CALLS)[Part]>;
};

/** The rights of Hecate's account in authentik: exactly those that this adapter uses. */
export const managerRights: readonly string[] = [
  ...new Set(
    Object.values(CALLS)
      .flatMap((part): readonly (string | null)[] => Object.values(part))
      .filter((right) => right !== null),
  ),
];
