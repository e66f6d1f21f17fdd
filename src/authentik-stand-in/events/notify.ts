import { asText } from '../rest/fields.js';
import { notFound } from '../rest/exchange.js';
import type { PolicyEngine } from '../policy/policy-engine.js';
import type { AuditEvent, Rule, Transport, User } from '../store/state.js';
import type { Store } from '../store/store.js';

/** The notifier, as {@link createNotifier} returns it. */
export type Notifier = ReturnType<typeof createNotifier>;
type Deps = { store: Store; engine: PolicyEngine; log: (line: string) => void };

/** Creates a notifier that posts events to the webhooks of matching rules, in the background. A failure is only logged. */
export function createNotifier({ store, engine, log }: Deps) {
  const post = async ({ webhook_url }: Transport, body: unknown): Promise<[number, string]> => {
    const response = await fetch(webhook_url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(5000),
    });
    return [response.status, await response.text()];
  };
  const receiverOf = (rule: Rule) =>
    store.state.users.find(({ groups }) => rule.destination_group !== null && groups.includes(rule.destination_group));
  const tell = async (rule: Rule, event: AuditEvent) => {
    const receiver = receiverOf(rule);
    const bound = store.state.bindings.some(({ target }) => target === rule.pk);
    if (!receiver || !bound) return;
    if (!(await engine.evaluate({ pk: rule.pk, policy_engine_mode: 'any' }, receiver, { context: { event } })).passing)
      return;
    const concerned = asText(event.user['username'], '');
    const body = {
      ...messageOf(rule.severity, `${event.action}: ${printed(event.context)}`, receiver),
      event_user_email: asText(event.user['email'], ''),
      event_user_username: concerned,
    };
    for (const pk of rule.transports) {
      const transport = store.find('transports', pk);
      if (transport?.mode === 'webhook') await post(transport, body);
    }
  };
  return {
    heard: (event: AuditEvent): void => {
      for (const rule of store.state.rules) {
        tell(rule, event).catch((cause: unknown) => log(`the notification ${rule.name} failed: ${String(cause)}`));
      }
    },
    /** Sends a test message. Returns the answer's status and text. */
    test: async (pk: string, user: User): Promise<readonly unknown[]> => {
      const transport = store.find('transports', pk) ?? notFound('NotificationTransport');
      return post(transport, messageOf('notice', `Test Notification from transport ${transport.name}`, user)).catch(
        (cause: unknown) => [String(cause)],
      );
    },
  };
}

const messageOf = (severity: string, body: string, { email, username }: User) => ({
  body,
  severity,
  user_email: email,
  user_username: username,
});

/** Formats a value as Python prints it, since authentik does so in its messages. */
function printed(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') return `'${value}'`;
  if (Array.isArray(value)) return `[${value.map(printed).join(', ')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  const pairs = Object.entries(value).map(([key, entry]) => `'${key}': ${printed(entry)}`);
  return `{${pairs.join(', ')}}`;
}
