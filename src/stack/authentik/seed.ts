import { createHash, randomBytes, randomUUID as uuid } from 'node:crypto';
import type { Flow, FlowBinding, Group, Mapping, Stage, StageKind, State, User } from './state.js';

/** The managed name by which the outpost on authentik's own port is found. */
export const embeddedOutpost = 'goauthentik.io/outposts/embedded';

/** The version of authentik whose recorded behaviour this stand-in follows. */
export const imitatedVersion = '2026.2.2';

/** What a fresh authentik has: its default flows and stages, the embedded outpost, akadmin and its group. */
export function seedState(): State {
  const admins = group('authentik Admins', true);
  const { flows, stages, flowBindings } = defaultFlows();
  return {
    secret: randomBytes(32).toString('hex'),
    next: { user: 5, provider: 1, device: 1, permission: 252 },
    users: [{ ...newUser(3, 'akadmin', 'authentik Default Admin'), email: 'admin@example.test', groups: [admins.pk] }],
    groups: [admins, group('authentik Read-only', false)],
    roles: [],
    tokens: [],
    flows,
    flowBindings,
    stages,
    mappings: defaultMappings(),
    providers: [],
    applications: [],
    bindings: [],
    policies: [],
    outposts: [
      {
        pk: uuid(),
        name: 'authentik Embedded Outpost',
        type: 'proxy',
        providers: [],
        config: defaultOutpostConfig(''),
        managed: embeddedOutpost,
      },
    ],
    events: [],
    transports: [],
    rules: [],
    devices: [],
    sessions: [],
    outpostSessions: [],
    codes: [],
  };
}

/** A user as authentik makes one, without password, groups and roles. */
export function newUser(pk: number, username: string, name: string): User {
  const now = new Date().toISOString();
  const id = uuid();
  return {
    pk,
    uuid: id,
    uid: createHash('sha256').update(`${pk}-${id}`).digest('hex'),
    username,
    name,
    email: '',
    is_active: true,
    last_login: null,
    date_joined: now,
    password_change_date: now,
    last_updated: now,
    path: 'users',
    type: 'internal',
    attributes: {},
    groups: [],
    roles: [],
    password: null,
  };
}

/** The settings of an outpost that nobody changed yet. */
export const defaultOutpostConfig = (host: string) => ({
  authentik_host: host,
  authentik_host_insecure: false,
  authentik_host_browser: '',
  log_level: 'info',
  object_naming_template: 'ak-outpost-%(name)s',
  refresh_interval: 'minutes=5',
  container_image: null,
  docker_network: null,
  docker_map_ports: true,
  docker_labels: null,
  kubernetes_replicas: 1,
  kubernetes_namespace: 'default',
  kubernetes_ingress_annotations: {},
  kubernetes_ingress_secret_name: 'authentik-outpost-tls',
  kubernetes_ingress_class_name: null,
  kubernetes_ingress_path_type: null,
  kubernetes_httproute_annotations: {},
  kubernetes_httproute_parent_refs: [],
  kubernetes_service_type: 'ClusterIP',
  kubernetes_disabled_components: [],
  kubernetes_image_pull_secrets: [],
  kubernetes_json_patches: null,
});

function group(name: string, isSuperuser: boolean): Group {
  const num = randomBytes(2).readUInt16BE() + 10_000;
  return { pk: uuid(), num_pk: num, name, is_superuser: isSuperuser, parents: [], roles: [], attributes: {} };
}

function defaultMappings(): Mapping[] {
  const of = (title: string, scope: string) => ({
    pk: uuid(),
    name: `authentik default OAuth Mapping: ${title}`,
    scope,
  });
  return [
    of('Proxy outpost', 'ak_proxy'),
    of("OpenID 'openid'", 'openid'),
    of("OpenID 'email'", 'email'),
    of('Application Entitlements', 'entitlements'),
    of("OpenID 'profile'", 'profile'),
  ];
}

/** slug, name, title, designation, authentication; then the stages of the flow in order. */
const flowTable = [
  [
    ['default-authentication-flow', 'Welcome to authentik!', 'Welcome to authentik!', 'authentication', 'none'],
    [
      ['default-authentication-identification', 'identification'],
      ['default-authentication-password', 'password'],
      ['default-authentication-mfa-validation', 'validate'],
      ['default-authentication-login', 'login'],
    ],
  ],
  [
    [
      'default-provider-authorization-implicit-consent',
      'Authorize Application',
      'Redirecting to %(app)s',
      'authorization',
      'require_authenticated',
    ],
    [],
  ],
  [
    [
      'default-provider-authorization-explicit-consent',
      'Authorize Application',
      'Redirecting to %(app)s',
      'authorization',
      'require_authenticated',
    ],
    [['default-provider-authorization-consent', 'consent']],
  ],
  [
    ['default-invalidation-flow', 'Logout', 'Default Invalidation Flow', 'invalidation', 'none'],
    [['default-invalidation-logout', 'logout']],
  ],
  [
    [
      'default-provider-invalidation-flow',
      'Logged out of application',
      "You've logged out of %(app)s.",
      'invalidation',
      'none',
    ],
    [],
  ],
  [
    [
      'default-authenticator-totp-setup',
      'default-authenticator-totp-setup',
      'Set up Two-Factor authentication',
      'stage_configuration',
      'require_authenticated',
    ],
    [['default-authenticator-totp-setup', 'totp']],
  ],
] as const;

function defaultFlows() {
  const flows: Flow[] = [];
  const stages: Stage[] = [];
  const flowBindings: FlowBinding[] = [];
  for (const [[slug, name, title, designation, authentication], list] of flowTable) {
    const flow = { ...newFlow(slug, name, title, designation), authentication };
    flows.push(flow);
    for (const [index, [stageName, kind]] of list.entries()) {
      const stage = { pk: uuid(), name: stageName, kind, settings: defaultSettings(kind, flow.pk) };
      stages.push(stage);
      flowBindings.push(newFlowBinding(flow.pk, stage.pk, (index + 1) * 10));
    }
  }
  return { flows, stages, flowBindings };
}

/** A flow with authentik's defaults. */
export function newFlow(slug: string, name: string, title: string, designation: string): Flow {
  return {
    pk: uuid(),
    policybindingmodel_ptr_id: uuid(),
    name,
    slug,
    title,
    designation,
    background: '',
    policy_engine_mode: 'any',
    compatibility_mode: false,
    layout: 'stacked',
    denied_action: 'message_continue',
    authentication: 'none',
  };
}

/** A stage at a place of a flow, with authentik's defaults. */
export function newFlowBinding(target: string, stage: string, order: number): FlowBinding {
  return {
    pk: uuid(),
    policybindingmodel_ptr_id: uuid(),
    target,
    stage,
    evaluate_on_plan: false,
    re_evaluate_policies: true,
    order,
    policy_engine_mode: 'any',
    invalid_response_action: 'retry',
  };
}

/** The settings of a validate stage that nobody changed yet. */
export const validateSettings = {
  not_configured_action: 'skip',
  device_classes: ['static', 'totp', 'webauthn', 'duo', 'sms', 'email'],
  configuration_stages: [] as string[],
  last_auth_threshold: 'seconds=0',
  webauthn_user_verification: 'preferred',
  webauthn_allowed_device_types: [],
};

function defaultSettings(kind: StageKind, flow: string) {
  if (kind === 'validate') return { ...validateSettings };
  if (kind === 'totp') return { configure_flow: flow, friendly_name: 'TOTP Device', digits: '6' };
  return {};
}
