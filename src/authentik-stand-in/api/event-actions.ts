const names = [
  'login',
  'login_failed',
  'logout',
  'user_write',
  'suspicious_request',
  'password_set',
  'secret_view',
  'secret_rotate',
  'invitation_used',
  'authorize_application',
  'source_linked',
  'impersonation_started',
  'impersonation_ended',
  'flow_execution',
  'policy_execution',
  'policy_exception',
  'property_mapping_exception',
  'system_task_execution',
  'system_task_exception',
  'system_exception',
  'configuration_error',
  'configuration_warning',
  'model_created',
  'model_updated',
  'model_deleted',
  'email_sent',
  'update_available',
  'export_ready',
  'review_initiated',
  'review_overdue',
  'review_attested',
  'review_completed',
  'custom_',
] as const;

const titles: Readonly<Record<string, string>> = { invitation_used: 'Invite Used', custom_: 'Custom Prefix' };
const titleOf = (name: string) =>
  titles[name] ??
  name.replace(/(^|_)(\w)/g, (_all, gap: string, letter: string) => `${gap && ' '}${letter.toUpperCase()}`);

/** The API's list of event actions. */
export const eventActions = names.map((name) => ({
  name: titleOf(name),
  description: '',
  component: name,
  model_name: '',
  requires_enterprise: false,
  deprecated: false,
}));

const field = (type: string, options: readonly string[] | null = null) => ({ type, nullable: false, options });
const relation = (name: string) => ({ ...field('relation'), relation: `authentik_events.event_${name}` });
const texts = (...fields: readonly string[]) => Object.fromEntries(fields.map((name) => [name, field('str')]));

/** The API's list of apps, for filters of events. */
export const eventAutocomplete = {
  current_model: 'authentik_events.event',
  models: {
    'authentik_events.event': {
      action: field('str', names),
      event_uuid: field('str'),
      app: field('str', ['authentik.events.signals', 'authentik.providers.oauth2.views.authorize']),
      client_ip: field('str'),
      user: relation('user'),
      brand: relation('brand'),
      context: relation('context'),
      created: field('datetime', []),
    },
    'authentik_events.event_user': { pk: field('int'), ...texts('username', 'email') },
    'authentik_events.event_brand': texts('pk', 'app', 'name', 'model_name'),
    'authentik_events.event_context': { http_request: relation('context_http_request') },
    'authentik_events.event_context_http_request': {
      args: relation('context_http_request_args'),
      ...texts('path', 'method', 'request_id', 'user_agent'),
    },
  },
};
