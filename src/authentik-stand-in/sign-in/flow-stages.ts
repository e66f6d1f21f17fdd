import { asText } from '../rest/fields.js';
import type { AuditLog } from '../events/audit.js';
import { secondsOf } from '../rest/durations.js';
import { isPassword } from '../store/passwords.js';
import type { Device, Fields, FlowPlan, Session, Stage, User } from '../store/state.js';
import { type Store, uuid } from '../store/store.js';
import { signed, verified } from '../store/signed-claims.js';
import { acceptedStep, enrolmentUrl, newSecret } from './totp.js';

type Deps = { store: Store; audit: AuditLog };
/** A browser at a stage of a flow. */
export type Visit = {
  readonly session: Session;
  readonly plan: FlowPlan;
  readonly stage: Stage;
  readonly user: User | null;
  /** The browser's cookies. */
  readonly cookies: Readonly<Record<string, string>>;
};
/** A problem with an answer; null when the stage is passed. */
export type StageProblem = { readonly field: string; readonly message: string } | null;
/** Demand of a stage: pass, deny, or answer a challenge. */
export type Demand = 'pass' | 'deny' | { readonly component: string; readonly fields: Fields };

/** A stage: its demand, the check of an answer, and what it leaves in the browser. */
export type StageWork = {
  demand: (visit: Visit) => Demand;
  accept: (visit: Visit, given: Fields) => StageProblem;
  /** The cookies that an accepted answer sets. */
  cookies?: (visit: Visit) => readonly string[];
};

/** Creates the stages that need an answer of the browser. */
export function createAskingStages(
  deps: Deps,
): Readonly<Record<'identification' | 'password' | 'validate' | 'consent', StageWork>> {
  return { identification: identification(deps), password: password(deps), validate: validate(deps), consent };
}

/** The name of a user in a challenge. */
const pending = (user: User | null, name = '') => ({ pending_user: user?.username ?? name, pending_user_avatar: '' });

const identification = ({ store }: Deps): StageWork => ({
  demand: () => ({
    component: 'ak-stage-identification',
    fields: {
      user_fields: ['username', 'email'],
      password_fields: false,
      flow_designation: 'authentication',
      primary_action: 'Log in',
      show_source_labels: false,
      sources: [],
    },
  }),
  accept: ({ session, plan }, { uid_field }) => {
    const name = asText(uid_field, '').trim();
    if (name === '') return { field: 'uid_field', message: 'This field may not be blank.' };
    const user = store.state.users.find(
      (other) => other.username === name || (other.email !== '' && other.email === name),
    );
    store.change('sessions', session, { plan: { ...plan, pendingUser: user?.pk ?? null, pendingName: name } });
    return null;
  },
});

const password = ({ store, audit }: Deps): StageWork => ({
  demand: ({ user, plan }) => ({
    component: 'ak-stage-password',
    fields: { ...pending(user, plan.pendingName), recovery_url: '', allow_show_password: false },
  }),
  accept: (visit, given) => {
    const { user } = visit;
    if (user?.is_active && isPassword(user.password, asText(given['password'], ''))) return null;
    audit('login_failed', user, failedAt(store, visit, 'password'));
    return { field: 'password', message: 'Invalid password' };
  },
});

/** The stage for a second factor. A user without one enrols, if the stage is set to `configure`. */
const validate = ({ store, audit }: Deps): StageWork => ({
  demand: (visit) => {
    const { user, plan, stage } = visit;
    if (!user) return 'deny';
    const device = deviceOf(store, user);
    if (device && plan.secret === null) {
      return isRemembered(store, visit, device) ? 'pass' : codeChallenge(user, device);
    }
    const action = stage.settings['not_configured_action'];
    if (action === 'configure') return enrolment(store, visit, user);
    return action === 'deny' ? 'deny' : 'pass';
  },
  accept: (visit, { code }) => {
    const { user, session, plan } = visit;
    if (!user) return { field: 'non_field_errors', message: 'Nobody is pending.' };
    const given = asText(code, '').replaceAll(' ', '');
    const device = plan.secret === null ? deviceOf(store, user) : null;
    const secret = plan.secret ?? device?.secret ?? '';
    const step = acceptedStep(secret, given, { now: Date.now(), after: device?.step ?? 0 });
    if (step === null) {
      if (device) audit('login_failed', user, failedAt(store, visit, 'authenticator_validate'));
      return {
        field: 'code',
        message: 'Invalid Token. Please ensure the time on your device is accurate and try again.',
      };
    }
    const now = new Date().toISOString();
    if (device) {
      store.change('devices', device, { step, last_used: now, last_updated: now });
      const { pk, name } = device;
      const factor = { pk, app: 'authentik_stages_authenticator_totp', name, model_name: 'totpdevice' };
      store.change('sessions', session, { plan: { ...plan, factors: [...(plan.factors ?? []), factor] } });
    } else {
      // As in authentik, a device enrolled in a flow is not yet a proof in this flow.
      store.insert('devices', { ...newDevice(store, user), secret, step, last_used: now });
      store.change('sessions', session, { plan: { ...plan, secret: null } });
    }
    return null;
  },
  cookies: ({ user, stage, plan }) => {
    const device = plan.secret === null && user ? deviceOf(store, user) : undefined;
    const seconds = thresholdOf(stage);
    if (!device || seconds < 1) return [];
    const claims = { device: device.pk, stage: stage.pk, exp: Date.now() / 1000 + seconds };
    return [`${MFA_COOKIE}=${signed(claims, keyOf(store, stage))}; Path=/; HttpOnly; SameSite=Lax`];
  },
});

/** The cookie that remembers a second factor. It is signed for one stage, and the latest stage overwrites it. */
const MFA_COOKIE = 'authentik_mfa';
const keyOf = (store: Store, stage: Stage): string => `${store.state.secret}:${stage.pk}`;
const thresholdOf = ({ settings }: Stage): number => secondsOf(asText(settings['last_auth_threshold'], ''));

const deviceOf = (store: Store, user: User) => store.state.devices.find((device) => device.user === user.pk);

/** Returns true when the cookie is of this stage and device, and no older than the stage's threshold. */
function isRemembered(store: Store, { cookies, stage }: Visit, device: Device): boolean {
  const seconds = thresholdOf(stage);
  const claims = verified(cookies[MFA_COOKIE] ?? '', keyOf(store, stage));
  const left = Number(claims?.['exp']) - Date.now() / 1000;
  return seconds > 0 && claims?.['stage'] === stage.pk && claims['device'] === device.pk && left > 0 && left <= seconds;
}

const codeChallenge = (user: User, { pk, last_used }: Device): Demand => ({
  component: 'ak-stage-authenticator-validate',
  fields: {
    ...pending(user),
    device_challenges: [{ device_class: 'totp', device_uid: String(pk), challenge: {}, last_used }],
    configuration_stages: [],
  },
});

function enrolment(store: Store, { session, plan }: Visit, user: User): Demand {
  const secret = plan.secret ?? newSecret();
  if (plan.secret === null) store.change('sessions', session, { plan: { ...plan, secret } });
  const fields = { ...pending(user), config_url: enrolmentUrl(secret, user.username) };
  return { component: 'ak-stage-authenticator-totp', fields };
}

function newDevice(store: Store, { pk }: User): Device {
  const created = new Date().toISOString();
  const times = { created, last_updated: created, last_used: null };
  return { pk: store.number('device'), user: pk, name: 'TOTP Authenticator', secret: '', step: 0, ...times };
}

const consent: StageWork = {
  demand: ({ user }) => ({
    component: 'ak-stage-consent',
    fields: { ...pending(user), header_text: '', permissions: [], additional_permissions: [], token: 'consent' },
  }),
  accept: () => null,
};

/** Context of the event for a failed sign-in; without the password. */
export function failedAt(store: Store, { user, plan, stage, session }: Visit, app: string): Fields {
  return {
    stage: {
      pk: stage.pk.replaceAll('-', ''),
      app: `authentik_stages_${app}`,
      name: stage.name,
      model_name: `${app.replaceAll('_', '')}stage`,
    },
    password: '********************',
    username: user?.username ?? plan.pendingName,
    http_request: {
      args: Object.fromEntries(new URLSearchParams(plan.query)),
      path: `/api/v3/flows/executor/${store.find('flows', plan.flow)?.slug}/`,
      method: 'POST',
      request_id: uuid().replaceAll('-', ''),
      user_agent: session.userAgent,
    },
  };
}
