import type {
  User,
  Group,
  Role,
  Token,
  Flow,
  FlowBinding,
  Stage,
  Mapping,
  ProviderRecord,
  Application,
  Binding,
  Policy,
  OutpostRecord,
  Device,
  AuditEvent,
  Transport,
  Rule,
  Fields,
} from './objects.js';

export type * from './objects.js';
export type * from './objects.js';

/** A request of an application to the authorize endpoint. */
export type AuthorizationRequest = { provider: number; redirect: string; state: string; query: string };
/** A browser's progress in a flow. */
export type FlowPlan = {
  flow: string;
  position: number;
  pendingUser: number | null;
  pendingName: string;
  query: string;
  secret: string | null;
  /** Devices whose code was accepted in this flow. Missing in files of older versions. */
  factors?: Fields[];
  authorization: AuthorizationRequest | null;
};
/** The event of a sign-in, which policies read from the session. `created` is in Unix ms. */
export type Login = { user: Fields; context: Fields; created: number };
/** A browser's session at the sign-in pages. It is signed in when `user` is set. */
export type Session = {
  pk: string;
  key: string;
  csrf: string;
  user: number | null;
  created: string;
  lastUsed: string;
  expires: string;
  ip: string;
  userAgent: string;
  /** How the user signed in; null before that, and missing in files of older versions. */
  login?: Login | null;
  plan: FlowPlan | null;
};
/** A browser's session at an application, with the user and groups at sign-in. */
export type OutpostSession = {
  pk: string;
  provider: number;
  session: string;
  user: number;
  groups: string[];
  expires: number;
};
/** A one-time authorization code. `expires` is in Unix ms. */
export type Code = {
  pk: string;
  provider: number;
  user: number;
  session: string;
  redirect: string;
  expires: number;
};

/** All data of the stand-in: the content of `state.json`. */
export type StandInState = {
  secret: string;
  next: Record<'user' | 'provider' | 'device' | 'permission', number>;
  users: User[];
  groups: Group[];
  roles: Role[];
  tokens: Token[];
  flows: Flow[];
  flowBindings: FlowBinding[];
  stages: Stage[];
  mappings: Mapping[];
  providers: ProviderRecord[];
  applications: Application[];
  bindings: Binding[];
  policies: Policy[];
  outposts: OutpostRecord[];
  events: AuditEvent[];
  transports: Transport[];
  rules: Rule[];
  devices: Device[];
  sessions: Session[];
  outpostSessions: OutpostSession[];
  codes: Code[];
};

/** Kind of an object: its key in the state. */
export type Kind = Exclude<keyof StandInState, 'secret' | 'next'>;
/** An object of a kind. */
export type Row<K extends Kind> = StandInState[K][number];

/** The callback URL of a provider, the only redirect URL that a sign-in accepts. */
export const callbackOf = ({ external_host }: ProviderRecord): string =>
  `${external_host.replace(/\/$/, '')}/outpost.goauthentik.io/callback?X-authentik-auth-callback=true`;
