import type { AuditLog } from './audit.js';
import { isPassword } from './passwords.js';
import type { Fields, Flow, Plan, Session, Stage, User } from './state.js';
import { uuid, type Store } from './store.js';
import { acceptedStep, enrolmentUrl, newSecret } from './totp.js';

/** What a flow asks of the browser next, as the API says it. */
export type Challenge = { readonly component: string } & Fields;
export type FlowExecutor = ReturnType<typeof createFlowExecutor>;
type Deps = { store: Store; audit: AuditLog; finishAuthorization: (session: Session, plan: Plan) => string };
/** What a stage does with what the browser sent: the next challenge, or null when the stage is done. */
type Stepped = Challenge | null;

/** Walks browsers through the stages of a flow. State is kept in the session, so a restart loses nothing. */
export function createFlowExecutor({ store, audit, finishAuthorization }: Deps) {
  const begin = (session: Session, flow: Flow, query: string, authorization: Plan['authorization'] = null): Plan => {
    const plan: Plan = {
      flow: flow.pk,
      position: 0,
      pendingUser: session.user,
      pendingName: '',
      query,
      secret: null,
      usedFactor: false,
      authorization,
    };
    store.change('sessions', session, { plan });
    return plan;
  };
  const fail = (plan: Plan, stage: Stage, error: { field: string; text: string }): Challenge => {
    const user = store.find('users', plan.pendingUser);
    audit('login_failed', user ?? null, { stage: { name: stage.name }, username: plan.pendingName });
    return { ...ask(store, plan, stage), ...errors(error.field, error.text) };
  };
  const step = (plan: Plan, stage: Stage, session: Session, input: Fields | null): Stepped => {
    const save = (fields: Partial<Plan>) => void Object.assign(plan, fields);
    switch (stage.kind) {
      case 'identification': {
        if (input === null) return ask(store, plan, stage);
        const name = String(input['uid_field'] ?? '');
        const user = store.state.users.find((other) => other.username === name || other.email === name);
        // An unknown name is asked for its password too: nothing is said about who exists.
        save({ pendingUser: user?.pk ?? null, pendingName: name });
        return name === '' ? { ...ask(store, plan, stage), ...errors('uid_field', 'This field is required.') } : null;
      }
      case 'password': {
        if (input === null) return ask(store, plan, stage);
        const user = store.find('users', plan.pendingUser);
        const right = user?.is_active && isPassword(user.password, String(input['password'] ?? ''));
        return right ? null : fail(plan, stage, { field: 'password', text: 'Invalid password' });
      }
      case 'validate':
        return validate(plan, stage, input);
      case 'login':
        signIn(store, session, plan);
        return null;
      case 'logout':
        store.change('sessions', session, { user: null, factorAt: null });
        return null;
      case 'totp':
        return enrol(plan, stage, input);
      case 'consent':
        return null;
    }
  };
  const validate = (plan: Plan, stage: Stage, input: Fields | null): Stepped => {
    const devices = store.state.devices.filter(({ user }) => user === plan.pendingUser);
    if (devices.length === 0) {
      const action = stage.settings['not_configured_action'];
      if (action === 'skip') return null;
      return action === 'deny' ? denied('No authenticator is set up.') : enrol(plan, stage, input);
    }
    if (plan.usedFactor) return null;
    if (input === null || input['code'] === undefined) return ask(store, plan, stage);
    for (const device of devices) {
      const taken = acceptedStep(device.secret, String(input['code']), { now: Date.now(), after: device.step });
      if (taken === null) continue;
      store.change('devices', device, { step: taken, last_used: new Date().toISOString() });
      plan.usedFactor = true;
      return null;
    }
    return fail(plan, stage, {
      field: 'code',
      text: 'Invalid Token. Please ensure the time on your device is accurate.',
    });
  };
  const enrol = (plan: Plan, stage: Stage, input: Fields | null): Stepped => {
    plan.secret ??= newSecret();
    const user = store.find('users', plan.pendingUser);
    const url = enrolmentUrl(plan.secret, user?.username ?? '');
    const challenge = { ...ask(store, plan, stage), component: 'ak-stage-authenticator-totp', config_url: url };
    if (input === null || input['code'] === undefined || !user) return challenge;
    const taken = acceptedStep(plan.secret, String(input['code']), { now: Date.now(), after: 0 });
    if (taken === null) return { ...challenge, ...errors('code', 'Code does not match') };
    const now = new Date().toISOString();
    const { secret } = plan;
    const device = { pk: store.number('device'), user: user.pk, name: 'TOTP Device', secret, step: taken };
    store.insert('devices', { ...device, created: now, last_updated: now, last_used: now });
    Object.assign(plan, { secret: null, usedFactor: true });
    return null;
  };
  return {
    begin,
    /** Takes `input` (null: none yet) and answers what comes next, a redirect at the end. */
    advance(session: Session, flow: Flow, query: string, input: Fields | null): Challenge {
      const plan = session.plan?.flow === flow.pk ? session.plan : begin(session, flow, query);
      if (flow.authentication === 'require_authenticated' && session.user === null) return denied('Not signed in.');
      const stages = stagesOf(store, flow);
      let given = input;
      for (; plan.position < stages.length; plan.position++) {
        const challenge = step(plan, stages[plan.position]!, session, given);
        given = null;
        if (challenge === null) continue;
        store.change('sessions', session, { plan });
        return { flow_info: { title: flow.title, layout: flow.layout, cancel_url: '/flows/-/cancel/' }, ...challenge };
      }
      store.change('sessions', session, { plan: null });
      const to = plan.authorization ? finishAuthorization(session, plan) : nextOf(plan.query);
      return { component: 'xak-flow-redirect', to };
    },
  };
}

function ask(store: Store, plan: Plan, stage: Stage): Challenge {
  const user = store.find('users', plan.pendingUser);
  const who = { pending_user: user?.username ?? plan.pendingName, pending_user_avatar: '' };
  switch (stage.kind) {
    case 'identification':
      return { component: 'ak-stage-identification', user_fields: ['email', 'username'], password_fields: false };
    case 'password':
      return { component: 'ak-stage-password', ...who };
    case 'validate':
    case 'totp':
    case 'login':
    case 'logout':
    case 'consent': {
      const devices = store.state.devices.filter((device) => device.user === plan.pendingUser);
      const device_challenges = devices.map(({ pk }) => ({
        device_class: 'totp',
        device_uid: String(pk),
        challenge: {},
      }));
      return { component: 'ak-stage-authenticator-validate', ...who, device_challenges, configuration_stages: [] };
    }
  }
}

const errors = (field: string, text: string) => ({
  response_errors: { [field]: [{ string: text, code: 'invalid' }] },
});

const denied = (error_message: string): Challenge => ({ component: 'ak-stage-access-denied', error_message });

function stagesOf(store: Store, flow: Flow): Stage[] {
  const bindings = store.state.flowBindings.filter(({ target }) => target === flow.pk);
  return bindings
    .sort((a, b) => a.order - b.order)
    .flatMap(({ stage }) => store.state.stages.find(({ pk }) => pk === stage) ?? []);
}

function signIn(store: Store, session: Session, plan: Plan): void {
  const user = store.find('users', plan.pendingUser) as User;
  const now = new Date().toISOString();
  store.change('users', user, { last_login: now });
  const factorAt = plan.usedFactor ? Date.now() : null;
  store.change('sessions', session, { pk: uuid(), user: user.pk, lastUsed: now, factorAt });
}

/** Only a place on this server. */
function nextOf(query: string): string {
  const next = new URLSearchParams(query).get('next') ?? '/';
  return next.startsWith('/') && !next.startsWith('//') ? next : '/';
}
