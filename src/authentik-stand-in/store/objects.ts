/** A JSON object of authentik's API, with the API's own keys. */
export type Fields = Record<string, unknown>;

/** A user, as `/core/users/` shows it. */
export type User = {
  pk: number;
  uuid: string;
  uid: string;
  username: string;
  name: string;
  email: string;
  is_active: boolean;
  last_login: string | null;
  date_joined: string;
  password_change_date: string;
  last_updated: string;
  path: string;
  type: string;
  attributes: Fields;
  groups: string[];
  roles: string[];
  /** `salt:hash`; null without a password. */
  password: string | null;
};
/** A group. `parents` are keys of groups that contain it. */
export type Group = {
  pk: string;
  num_pk: number;
  name: string;
  is_superuser: boolean;
  parents: string[];
  roles: string[];
  attributes: Fields;
};
/** A role with the rights that it grants, such as `authentik_core.view_group`. */
export type Role = { pk: string; name: string; permissions: string[] };
/** A token: an API token or an app password, by `intent`. */
export type Token = {
  pk: string;
  identifier: string;
  intent: string;
  user: number;
  description: string;
  expires: string | null;
  expiring: boolean;
  key: string;
  /** Account that may view the key without the right to, since it made the token; absent: none. */
  viewer?: number;
};
/** Attribute of a user: whether API tokens that the user makes expire; absent: they do. */
export const TOKENS_EXPIRE = 'goauthentik.io/user/token-expires';
/** A flow. */
export type Flow = {
  pk: string;
  policybindingmodel_ptr_id: string;
  name: string;
  slug: string;
  title: string;
  designation: string;
  background: string;
  policy_engine_mode: string;
  compatibility_mode: boolean;
  layout: string;
  denied_action: string;
  authentication: string;
};
/** A stage's position in a flow. */
export type FlowBinding = {
  pk: string;
  policybindingmodel_ptr_id: string;
  target: string;
  stage: string;
  evaluate_on_plan: boolean;
  re_evaluate_policies: boolean;
  order: number;
  policy_engine_mode: string;
  invalid_response_action: string;
};
/** Kind of a stage. */
export type StageKind = 'identification' | 'password' | 'validate' | 'totp' | 'login' | 'logout' | 'consent';
/** A stage; `settings` are the fields of its kind. */
export type Stage = { pk: string; name: string; kind: StageKind; settings: Fields };
/** A scope mapping. */
export type Mapping = { pk: string; name: string; scope: string };
/** A proxy provider. */
export type ProviderRecord = {
  pk: number;
  name: string;
  authentication_flow: string | null;
  authorization_flow: string;
  invalidation_flow: string;
  property_mappings: string[];
  client_id: string;
  client_secret: string;
  internal_host: string;
  external_host: string;
  internal_host_ssl_validation: boolean;
  certificate: string | null;
  skip_path_regex: string;
  basic_auth_enabled: boolean;
  basic_auth_password_attribute: string;
  basic_auth_user_attribute: string;
  mode: string;
  intercept_header_auth: boolean;
  cookie_domain: string;
  jwt_federation_sources: string[];
  jwt_federation_providers: number[];
  access_token_validity: string;
  refresh_token_validity: string;
};
/** An application. Without bindings, every user may open it. */
export type Application = {
  pk: string;
  name: string;
  slug: string;
  provider: number | null;
  backchannel_providers: number[];
  open_in_new_tab: boolean;
  meta_launch_url: string;
  meta_icon: string;
  meta_description: string;
  meta_publisher: string;
  policy_engine_mode: string;
  group: string;
};
/** A binding of one policy, group or user to a target. */
export type Binding = {
  pk: string;
  policy: string | null;
  group: string | null;
  user: number | null;
  target: string;
  negate: boolean;
  enabled: boolean;
  order: number;
  timeout: number;
  failure_result: boolean;
};
/** A policy; `settings` are the fields of its kind. */
export type Policy = {
  pk: string;
  name: string;
  kind: 'expression' | 'event_matcher';
  execution_logging: boolean;
  settings: Fields;
};
/** An outpost; `providers` are the keys of those that it serves. */
export type OutpostRecord = {
  pk: string;
  name: string;
  type: string;
  providers: number[];
  config: Fields;
  managed: string | null;
};
/** A TOTP device of a user. */
export type Device = {
  pk: number;
  user: number;
  name: string;
  secret: string;
  /** Number of the last 30 s step whose code was used. Codes of this and earlier steps are refused. */
  step: number;
  created: string;
  last_updated: string;
  last_used: string | null;
};

/** An event of authentik's log. */
export type AuditEvent = {
  pk: string;
  user: Fields;
  action: string;
  app: string;
  context: Fields;
  client_ip: string;
  created: string;
  expires: string;
  brand: Fields;
};
/** A notification transport; only `webhook` sends anything. */
export type Transport = { pk: string; name: string; mode: string; webhook_url: string; send_once: boolean };
/** A notification rule. */
export type Rule = {
  pk: string;
  name: string;
  transports: string[];
  severity: string;
  destination_group: string | null;
  destination_event_user: boolean;
};
