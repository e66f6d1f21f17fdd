import {
  asText,
  choice,
  duration,
  filled,
  listField,
  notEmpty,
  reference,
  required,
  textField,
} from '../rest/fields.js';
import { badRequest, ok, type ApiRoute } from '../rest/exchange.js';
import { flowsOf, removeFlowBindings } from './flow-objects.js';
import { byField, pageOf } from '../rest/list-page.js';
import { resourceRoutes, type ApiResource } from '../rest/resource.js';
import { validateSettings } from '../store/default-flows.js';
import type { Fields, Stage, StageKind } from '../store/state.js';
import { uuid, type Store } from '../store/store.js';

const shown: Readonly<Record<StageKind, readonly [component: string, title: string, model: string]>> = {
  identification: ['ak-stage-identification-form', 'Identification Stage', 'identification.identificationstage'],
  password: ['ak-stage-password-form', 'Password Stage', 'password.passwordstage'],
  validate: [
    'ak-stage-authenticator-validate-form',
    'Authenticator Validation Stage',
    'authenticator_validate.authenticatorvalidatestage',
  ],
  totp: [
    'ak-stage-authenticator-totp-form',
    'TOTP Authenticator Setup Stage',
    'authenticator_totp.authenticatortotpstage',
  ],
  login: ['ak-stage-user-login-form', 'User Login Stage', 'user_login.userloginstage'],
  logout: ['ak-stage-user-logout-form', 'User Logout Stage', 'user_logout.userlogoutstage'],
  consent: ['ak-stage-consent-form', 'Consent Stage', 'consent.consentstage'],
};

/** Routes of `/stages/`: lists of all stages and of TOTP stages, and validate stages to create and change. */
export function stageRoutes(store: Store): readonly ApiRoute[] {
  return [
    {
      method: 'GET',
      path: '/stages/all/',
      right: 'authentik_flows.view_stage',
      handle: ({ query }) => {
        const page = pageOf(store.state.stages, query, { filters: byField<Stage>('name') });
        const results = page.rows.map((row) => describe(store, row));
        return ok({ pagination: page.pagination, results, autocomplete: {} });
      },
    },
    ...resourceRoutes(store, validateResource(store)),
    ...resourceRoutes(store, { ...stageResource(store, 'totp'), verbs: ['list', 'read'], fields: {} }),
  ];
}

const validateResource = (store: Store): ApiResource<'stages'> => ({
  ...stageResource(store, 'validate'),
  fields: {
    name: required(filled),
    not_configured_action: choice('skip', 'deny', 'configure'),
    device_classes: notEmpty(listField(choice('static', 'totp', 'webauthn', 'duo', 'sms', 'email'))),
    configuration_stages: listField(reference('stages')),
    last_auth_threshold: duration,
    webauthn_user_verification: choice('required', 'preferred', 'discouraged'),
    webauthn_allowed_device_types: listField(textField),
  },
  check: (values, row) => {
    if (store.state.stages.some((other) => other !== row && other.name === values['name'])) {
      badRequest('name', 'stage with this name already exists.');
    }
    const stages = values['configuration_stages'] as readonly string[] | undefined;
    if (values['not_configured_action'] === 'configure' && !stages?.length) {
      const message = 'When "Not configured action" is set to "Configure", you must set a configuration stage.';
      badRequest('not_configured_action', message);
    }
  },
});

const stageResource = (store: Store, kind: 'validate' | 'totp'): Omit<ApiResource<'stages'>, 'fields'> => ({
  path: `/stages/authenticator/${kind}/`,
  kind: 'stages',
  ordering: 'name',
  model: kind === 'validate' ? 'AuthenticatorValidateStage' : 'AuthenticatorTOTPStage',
  rights: shown[kind][2].split('.').map((part, index) => (index === 0 ? `authentik_stages_${part}` : part)) as [
    string,
    string,
  ],
  belongs: (row) => row.kind === kind,
  filters: {
    ...byField<Stage>('name'),
    not_configured_action: (row, value) => row.settings['not_configured_action'] === value,
  },
  create: ({ name }) => ({ pk: uuid(), name: String(name), kind, settings: { ...validateSettings } }),
  change: (row, { name, ...settings }) =>
    void store.change('stages', row, { name: asText(name, row.name), settings: { ...row.settings, ...settings } }),
  remove: ({ pk }) => removeFlowBindings(store, ({ stage }) => stage === pk),
  present: (row) => ({ ...describe(store, row), ...row.settings, ...extras(kind) }),
});

const extras = (kind: string): Fields => (kind === 'validate' ? { webauthn_allowed_device_types_obj: [] } : {});

function describe(store: Store, { pk, name, kind }: Stage) {
  const [component, title, model] = shown[kind];
  return {
    ...{ pk, name, component },
    verbose_name: title,
    verbose_name_plural: `${title}s`,
    meta_model_name: `authentik_stages_${model}`,
    flow_set: flowsOf(store, pk),
  };
}
