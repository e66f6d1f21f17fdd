import type { AuditEvent, Fields, User } from '../store/state.js';
import { uuid, type Store } from '../store/store.js';

/** Writes an event. `user` is null for an anonymous visitor. */
export type AuditLog = (action: string, user: User | null, context: Fields) => AuditEvent;

const apps: Readonly<Record<string, string>> = {
  authorize_application: 'authentik.providers.oauth2.views.authorize',
  secret_view: 'authentik.core.api.tokens',
};
const keptEvents = 1000;

/** Creates the log of events. Keeps only the newest, and calls `heard` for each. */
export function createAuditLog({ store, heard }: { store: Store; heard: (event: AuditEvent) => void }): AuditLog {
  return (action, user, context) => {
    const now = Date.now();
    const event: AuditEvent = {
      pk: uuid(),
      user: user ? { pk: user.pk, email: user.email, username: user.username } : {},
      action,
      app: apps[action] ?? 'authentik.events.signals',
      context,
      client_ip: '127.0.0.1',
      created: new Date(now).toISOString(),
      expires: new Date(now + 365 * 86_400_000).toISOString(),
      brand: {
        pk: '10cd43101c9e4415bb8e5b0b6a52954c',
        app: 'authentik_brands',
        name: 'Default brand',
        model_name: 'brand',
      },
    };
    store.insert('events', event);
    const oldest = store.state.events.length > keptEvents ? store.state.events[0] : undefined;
    if (oldest) store.remove('events', (other) => other === oldest);
    heard(event);
    return event;
  };
}
