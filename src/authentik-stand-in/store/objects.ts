/** An object of the API as it was sent: its keys are the API's own. */
export type Fields = Record<string, unknown>;

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
  /** salt:hash, null while no password is set. */
  password: string | null;
};
export type Group = {
  pk: string;
  num_pk: number;
  name: string;
  is_superuser: boolean;
  parents: string[];
  roles: string[];
  attributes: Fields;
};
export type Role = { pk: string; name: string; permissions: string[] };
export type Token = {
  pk: string;
  identifier: string;
  intent: string;
  user: number;
  description: string;
  expires: string | null;
  expiring: boolean;
  key: string;
};
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
export type StageKind = 'identification' | 'password' | 'validate' | 'totp' | 'login' | 'logout' | 'consent';
export type Stage = { pk: string; name: string; kind: StageKind; settings: Fields };
export type Mapping = { pk: string; name: string; scope: string };
export type Provider = {
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
export type Policy = {
  pk: string;
  name: string;
  kind: 'expression' | 'event_matcher';
  execution_logging: boolean;
  settings: Fields;
};
export type Outpost = {
  pk: string;
  name: string;
  type: string;
  providers: number[];
  config: Fields;
  managed: string | null;
};
export type Device = {
  pk: number;
  user: number;
  name: string;
  secret: string;
  /** The last 30 s step whose code was used: none up to it works again. */
  step: number;
  created: string;
  last_updated: string;
  last_used: string | null;
};

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
export type Transport = { pk: string; name: string; mode: string; webhook_url: string; send_once: boolean };
export type Rule = {
  pk: string;
  name: string;
  transports: string[];
  severity: string;
  destination_group: string | null;
  destination_event_user: boolean;
};
