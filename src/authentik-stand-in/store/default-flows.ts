import { randomUUID as uuid } from 'node:crypto';
import type { Flow, FlowBinding, Stage, StageKind } from './state.js';

/** Each row: slug, name, title, designation, authentication, and the flow's stages in order. */
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

/** Returns the default flows of a new authentik with their stages. */
export function defaultFlows() {
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

/** Returns a flow with authentik's defaults. */
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

/** Returns a binding of a stage to a flow, with authentik's defaults. */
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

/** The default settings of a validate stage. */
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
