import type { AuditLog } from '../events/audit.js';
import type { Authorizations } from './authorizations.js';
import type { BrowserSessions } from '../store/browser-sessions.js';
import { createAskingStages, type Demand, type StageProblem, type Visit } from './flow-stages.js';
import type { AuthorizationRequest, Fields, Flow, FlowPlan, Session, User } from '../store/state.js';
import type { Store } from '../store/store.js';

/** The flow runner, as {@link createFlowRunner} returns it. */
export type FlowRunner = ReturnType<typeof createFlowRunner>;
/** A challenge of the flow executor; `component` is its kind. */
export type Challenge = Fields & { readonly component: string };
type Deps = { store: Store; sessions: BrowserSessions; audit: AuditLog; authorizations: Authorizations };
type Current = Visit & { readonly flow: Flow };

/** Creates the runner of flows, which leads a browser through their stages. The executor's API and the sign-in pages use it. */
export function createFlowRunner(deps: Deps) {
  const { store, sessions } = deps;
  const stages = createAskingStages(deps);

  const begin = (session: Session, flow: Flow, query: string, authorization: AuthorizationRequest | null = null) =>
    store.change('sessions', session, { plan: { ...blank, flow: flow.pk, query, authorization } });

  const current = (session: Session, flow: Flow, plan: FlowPlan): Current | null => {
    const binding = store.state.flowBindings
      .filter(({ target }) => target === flow.pk)
      .sort((a, b) => a.order - b.order)[plan.position];
    const stage = binding && store.find('stages', binding.stage);
    const pk = plan.pendingUser ?? session.user;
    return stage ? { session, flow, plan, stage, user: (pk !== null && store.find('users', pk)) || null } : null;
  };
  const advance = (session: Session) =>
    session.plan &&
    store.change('sessions', session, { plan: { ...session.plan, position: session.plan.position + 1 } });

  const demandOf = (visit: Current): Demand => {
    const { kind } = visit.stage;
    if (kind === 'login') return signIn(deps, visit);
    if (kind === 'logout') return (store.change('sessions', visit.session, { user: null }), 'pass');
    return kind === 'totp' ? 'pass' : stages[kind].demand(visit);
  };
  const planOf = (session: Session, flow: Flow, query: string): FlowPlan => {
    const kept =
      session.plan?.flow === flow.pk && (session.plan.authorization !== null || session.plan.query === query);
    if (!kept) begin(session, flow, query);
    return session.plan!;
  };

  /** Returns the next challenge, and passes stages that need no answer. */
  const challenge = (session: Session, flow: Flow, query: string): Challenge => {
    if (flow.authentication === 'require_authenticated' && session.user === null) {
      return denied(null, 'Flow does not apply to current user.');
    }
    for (;;) {
      const visit = current(session, flow, planOf(session, flow, query));
      if (!visit) return finish(deps, session);
      const demand = demandOf(visit);
      if (demand === 'deny') return denied(visit.user, 'No (allowed) MFA authenticator configured.');
      if (demand !== 'pass') return { component: demand.component, ...about(flow), ...demand.fields };
      advance(session);
    }
  };
  /** Checks the browser's answer. Returns the problem; null when the flow continues. */
  const answer = (session: Session, flow: Flow, query: string, given: Fields): StageProblem => {
    challenge(session, flow, query);
    const visit = session.plan && current(session, flow, session.plan);
    if (!visit) return null;
    const { kind } = visit.stage;
    if (kind === 'login' || kind === 'logout' || kind === 'totp') return null;
    const problem = stages[kind].accept(visit, given);
    if (problem === null) advance(session);
    return problem;
  };
  return {
    begin,
    challenge,
    answer,
    sessions,
    find: (slug: string): Flow | null => store.state.flows.find((flow) => flow.slug === slug) ?? null,
    hasStages: ({ pk }: Flow) => store.state.flowBindings.some(({ target }) => target === pk),
  };
}

const blank = {
  position: 0,
  pendingUser: null,
  pendingName: '',
  query: '',
  secret: null,
  usedFactor: false,
  authorization: null,
};

const about = (flow: Flow) => ({
  flow_info: {
    title: flow.title,
    background: '/static/dist/assets/images/flow_background.jpg',
    background_themed_urls: null,
    cancel_url: '/flows/-/cancel/',
    layout: 'stacked',
  },
});

const denied = (user: User | null, message: string): Challenge => ({
  component: 'ak-stage-access-denied',
  pending_user: user?.username ?? '',
  pending_user_avatar: '',
  error_message: message,
});

function signIn({ sessions, audit }: Deps, { session, plan, user }: Visit): Demand {
  if (!user?.is_active || plan.pendingUser === null) return 'deny';
  sessions.signIn(session, user.pk);
  audit('login', user, { auth_method: 'password', auth_method_args: plan.usedFactor ? { mfa_devices: [{}] } : {} });
  return 'pass';
}

/** The redirect at the end of a flow: to the application with a code, or to the path that the browser wanted. */
function finish({ store, authorizations }: Deps, session: Session): Challenge {
  const { plan } = session;
  store.change('sessions', session, { plan: null });
  const to = plan?.authorization
    ? authorizations.grant(session, plan.authorization)
    : safeTarget(new URLSearchParams(plan?.query ?? '').get('next'));
  return { component: 'xak-flow-redirect', to };
}

/** Accepts only a local path, never another host. */
const safeTarget = (next: string | null) => (next && /^\/(?![/\\])/.test(next) ? next : '/');
