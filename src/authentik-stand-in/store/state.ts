import type {
  User,
  Group,
  Role,
  Token,
  Flow,
  FlowBinding,
  Stage,
  Mapping,
  Provider,
  Application,
  Binding,
  Policy,
  Outpost,
  Device,
  AuditEvent,
  Transport,
  Rule,
} from './objects.js';

export type * from './objects.js';
export type * from './objects.js';

/** What an application asked of the authorize endpoint. */
export type AuthorizationRequest = { provider: number; redirect: string; state: string; query: string };
/** How far a browser got in a flow. */
export type Plan = {
  flow: string;
  position: number;
  pendingUser: number | null;
  pendingName: string;
  query: string;
  secret: string | null;
  usedFactor: boolean;
  authorization: AuthorizationRequest | null;
};
/** A browser at the sign-in pages; signed in once `user` is set. */
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
  factorAt: number | null;
  plan: Plan | null;
};
/** A browser at an application; its claims are those of its sign-in. */
export type OutpostSession = {
  pk: string;
  provider: number;
  session: string;
  user: number;
  groups: string[];
  expires: number;
};
export type Code = {
  pk: string;
  provider: number;
  user: number;
  session: string;
  redirect: string;
  expires: number;
};

/** Everything the stand-in knows: the content of state.json. */
export type State = {
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
  providers: Provider[];
  applications: Application[];
  bindings: Binding[];
  policies: Policy[];
  outposts: Outpost[];
  events: AuditEvent[];
  transports: Transport[];
  rules: Rule[];
  devices: Device[];
  sessions: Session[];
  outpostSessions: OutpostSession[];
  codes: Code[];
};

/** The kinds of objects, by their place in the state. */
export type Kind = Exclude<keyof State, 'secret' | 'next'>;
export type Row<K extends Kind> = State[K][number];

/** Where a sign-in may send the browser back to. */
export const callbackOf = ({ external_host }: Provider): string =>
  `${external_host.replace(/\/$/, '')}/outpost.goauthentik.io/callback?X-authentik-auth-callback=true`;
