import { createHash, randomBytes, randomUUID as uuid } from 'node:crypto';
import { defaultFlows } from './default-flows.js';
import type { Group, Mapping, StandInState, User } from './state.js';

/** Value of `managed` that identifies authentik's embedded outpost. */
export const EMBEDDED_OUTPOST = 'goauthentik.io/outposts/embedded';

/** Version of the real authentik whose recorded answers this stand-in follows. */
export const imitatedVersion = '2026.2.2';

/** Returns the objects of a new authentik: default flows and stages, the embedded outpost, the user akadmin and its group. */
export function seedState(): StandInState {
  const admins = group('authentik Admins', true);
  const reader = { pk: uuid(), name: 'authentik Read-only', permissions: [] };
  const { flows, stages, flowBindings } = defaultFlows();
  return {
    secret: randomBytes(32).toString('hex'),
    next: { user: 4, provider: 1, device: 1, permission: 252 },
    users: [{ ...newUser(3, 'akadmin', 'authentik Default Admin'), email: 'admin@example.test', groups: [admins.pk] }],
    groups: [admins, readers(reader.pk)],
    roles: [reader],
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
        managed: EMBEDDED_OUTPOST,
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

/** Returns a new user without password, groups and roles. */
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

function group(name: string, isSuperuser: boolean): Group {
  const num = randomBytes(2).readUInt16BE() + 10_000;
  return { pk: uuid(), num_pk: num, name, is_superuser: isSuperuser, parents: [], roles: [], attributes: {} };
}

function readers(role: string): Group {
  const notes = 'An group with an auto-generated role that allows read-only permissions on all objects.\n';
  return { ...group('authentik Read-only', false), roles: [role], attributes: { notes } };
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

/** The default settings of an outpost. */
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
