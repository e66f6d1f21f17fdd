import { ok, type Call, type ApiRoute } from '../rest/exchange.js';
import { bool, choice, filled, listField, nullable, reference, required, textField } from '../rest/fields.js';
import { byField } from '../rest/list-page.js';
import { showPeople } from './people.js';
import { resourceRoutes, type ApiResource } from '../rest/resource.js';
import { eventActions, eventAutocomplete } from './event-actions.js';
import type { Notifier } from '../events/notify.js';
import type { AuditEvent } from '../store/state.js';
import { uuid, type Store } from '../store/store.js';

type Deps = { store: Store; notifier: Notifier };

/** Routes of `/events/`: events, notification transports and rules. */
export function eventRoutes({ store, notifier }: Deps): readonly ApiRoute[] {
  const right = 'authentik_events.view_event';
  return [
    { method: 'GET', path: '/events/events/actions/', right, handle: () => ok(eventActions) },
    { method: 'GET', path: '/events/events/volume/', right, handle: (call) => ok(volume(store, call)) },
    { method: 'GET', path: '/events/events/top_per_user/', right, handle: () => ok([]) },
    {
      method: 'POST',
      path: '/events/transports/:key/test/',
      right: 'authentik_events.change_notificationtransport',
      handle: async ({ params, user }) => ok({ messages: await notifier.test(String(params['key']), user) }),
    },
    ...resourceRoutes(store, eventResource),
    ...resourceRoutes(store, transportResource),
    ...resourceRoutes(store, ruleResource(store)),
  ];
}

const eventResource: ApiResource<'events'> = {
  path: '/events/events/',
  kind: 'events',
  model: 'Event',
  ordering: '-created',
  rights: ['authentik_events', 'event'],
  verbs: ['list', 'read'],
  fields: {},
  filters: {
    ...byField<AuditEvent>('action', 'client_ip'),
    username: (row, value) => row.user['username'] === value,
    actions: (row, value) => row.action === value,
  },
  autocomplete: eventAutocomplete,
  present: (row) => row,
};

const transportResource: ApiResource<'transports'> = {
  path: '/events/transports/',
  kind: 'transports',
  model: 'NotificationTransport',
  rights: ['authentik_events', 'notificationtransport'],
  fields: {
    name: required(filled),
    mode: choice('local', 'webhook', 'webhook_slack', 'email'),
    webhook_url: textField,
    send_once: bool,
  },
  create: (values) => ({ pk: uuid(), name: '', mode: 'local', webhook_url: '', send_once: false, ...values }),
  present: (row) => ({
    ...row,
    mode_verbose: row.mode === 'webhook' ? 'Generic Webhook' : row.mode,
    webhook_mapping_body: null,
    webhook_mapping_headers: null,
    email_subject_prefix: 'authentik Notification: ',
    email_template: 'email/event_notification.html',
  }),
};

const ruleResource = (store: Store): ApiResource<'rules'> => ({
  path: '/events/rules/',
  kind: 'rules',
  model: 'NotificationRule',
  rights: ['authentik_events', 'notificationrule'],
  fields: {
    name: required(filled),
    transports: listField(reference('transports')),
    severity: choice('notice', 'warning', 'alert'),
    destination_group: nullable(reference('groups')),
    destination_event_user: bool,
  },
  create: (values) => ({ ...blankRule(), ...values }),
  remove: ({ pk }) => store.remove('bindings', ({ target }) => target === pk),
  present: (row) => {
    const group = row.destination_group && store.find('groups', row.destination_group);
    return { ...row, destination_group_obj: group ? showPeople(store).group(group) : null };
  },
});

const blankRule = () => ({
  pk: uuid(),
  name: '',
  transports: [],
  severity: 'notice',
  destination_group: null,
  destination_event_user: false,
});

/** Counts the events of an action by hour. */
function volume({ state }: Store, { query }: Call) {
  const action = query.get('action');
  const counts = new Map<string, number>();
  for (const event of state.events) {
    if (action && event.action !== action) continue;
    const key = `${event.created.slice(0, 13)}:00:00|${event.action}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, count]) => ({ time: key.split('|')[0], action: key.split('|')[1], count }));
}
