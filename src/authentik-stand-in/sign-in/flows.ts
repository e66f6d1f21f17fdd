import type { AuditLog } from '../events/audit.js';
import type { Authorizations } from './authorizations.js';
import type { BrowserSessions } from '../store/browser-sessions.js';
import type { PolicyEngine } from '../policy/policy-engine.js';
import { createAskingStages, type Demand, type StageProblem, type Visit } from './flow-stages.js';
import type { AuthorizationRequest, Fields, Flow, FlowBinding, FlowPlan, Session, User } from '../store/state.js';
import type { Store } from '../store/store.js';

/** The flow runner, as {@link createFlowRunner} returns it. */
export type FlowRunner = ReturnType<typeof createFlowRunner>;
/** A challenge of the flow executor; `component` is its kind. */
export type Challenge = Fields & { readonly component: string };
type Deps = {
  store: Store;
  sessions: BrowserSessions;
  audit: AuditLog;
  authorizations: Authorizations;
  engine: PolicyEngine;
};
type Current = Visit & { readonly flow: Flow; readonly binding: FlowBinding };
/** A browser in a flow. `query` is the flow's, `cookies` are the browser's. */
export type Walk = {
  readonly session: Session;
  readonly flow: Flow;
  readonly query: string;
  readonly cookies: Readonly<Record<string, string>>;
};
/** Result of an answer: the problem, null when the flow continues, and cookies to set. */
export type Answered = { readonly problem: StageProblem; readonly cookies: readonly string[] };

/** Creates the runner of flows, which leads a browser through their stages. The executor's API and the sign-in pages use it. */
export function createFlowRunner(deps: Deps) {
  const { store, sessions, engine } = deps;
  const stages = createAskingStages(deps);

  const begin = (session: Session, flow: Flow, query: string, authorization: AuthorizationRequest | null = null) =>
    store.change('sessions', session, { plan: { ...blank, flow: flow.pk, query, authorization } });

  const current = ({ session, flow, cookies }: Walk, plan: FlowPlan): Current | null => {
    const binding = store.state.flowBindings
      .filter(({ target }) => target === flow.pk)
      .sort((a, b) => a.order - b.order)[plan.position];
    const stage = binding && store.find('stages', binding.stage);
    const pk = plan.pendingUser ?? session.user;
    const user = (pk !== null && store.find('users', pk)) || null;
    return stage ? { session, flow, plan, binding, stage, user, cookies } : null;
  };
  const advance = (session: Session) =>
    session.plan &&
    store.change('sessions', session, { plan: { ...session.plan, position: session.plan.position + 1 } });

  const demandOf = async (visit: Current): Promise<Demand> => {
    const { kind } = visit.stage;
    // Policies bound to a flow's stage decide whether it runs.
    const { passing } = await engine.evaluate(visit.binding, visit.user, { session: visit.session });
    if (!passing) return 'pass';
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
  const challenge = async (walk: Walk): Promise<Challenge> => {
    const { session, flow, query } = walk;
    if (flow.authentication === 'require_authenticated' && session.user === null) {
      return denied(null, 'Flow does not apply to current user.');
    }
    const known = session.user === null ? null : (store.find('users', session.user) ?? null);
    const applies = await engine.evaluate(flow, known, { session });
    if (!applies.passing) return denied(known, applies.messages[0] ?? 'Flow does not apply to current user.');
    for (;;) {
      const visit = current(walk, planOf(session, flow, query));
      if (!visit) return finish(deps, session);
      const demand = await demandOf(visit);
      if (demand === 'deny') return denied(visit.user, 'No (allowed) MFA authenticator configured.');
      if (demand !== 'pass') return { component: demand.component, ...about(flow), ...demand.fields };
      advance(session);
    }
  };
  /** Checks the browser's answer. */
  const answer = async (walk: Walk, given: Fields): Promise<Answered> => {
    const { session } = walk;
    const { component } = await challenge(walk);
    const visit = session.plan && current(walk, session.plan);
    if (!visit || component === 'ak-stage-access-denied') return { problem: null, cookies: [] };
    const { kind } = visit.stage;
    if (kind === 'login' || kind === 'logout' || kind === 'totp') return { problem: null, cookies: [] };
    const problem = stages[kind].accept(visit, given);
    if (problem === null) advance(session);
    return { problem, cookies: (problem === null && stages[kind].cookies?.(visit)) || [] };
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
  factors: [],
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
  const context = {
    auth_method: 'password',
    auth_method_args: plan.factors?.length ? { mfa_devices: plan.factors } : {},
  };
  const { pk, username, email } = user;
  sessions.signIn(session, pk, { user: { pk, username, email }, context, created: Date.now() });
  audit('login', user, context);
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
