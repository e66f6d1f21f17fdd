import type { Notification, NotifiedAlert } from '../../src/domain/alerts/notification.js';
import type { AlertSink } from '../../src/domain/resources/alert-sink.js';

/** Returns an alert that fires since the first of January 2026; `endsAt` of one that has ended. */
export function notifiedAlert(name: string, endsAt: string | null = null): NotifiedAlert {
  return {
    labels: { alertname: name, severity: 'critical', domain: 'app.example.com' },
    annotations: { summary: `${name} fires`, description: `All servers of ${name} are down.` },
    startsAt: '2026-01-01T00:00:00.000Z',
    endsAt,
    fingerprint: `f-${name}`,
  };
}

/** Returns a notification of the group `g` for the sink `hooks`. */
export function notification(id: string, more: Partial<Notification> = {}): Notification {
  const { status = 'firing' } = more;
  const endsAt = status === 'resolved' ? '2026-01-01T00:10:00.000Z' : null;
  return {
    ...{ id, sink: 'hooks', status, groupKey: 'g', at: '2026-01-01T00:00:30.000Z' },
    alerts: [notifiedAlert('upstream-down', endsAt)],
    ...more,
  };
}

/** Returns a webhook that may be on this machine, or another sink. */
export function alertSink(more: Partial<AlertSink> = {}): AlertSink {
  return {
    ...{
      name: 'hooks',
      type: 'webhook',
      url: 'http://127.0.0.1:1/hook',
      secret: 'key',
      user: null,
      from: null,
      to: [],
    },
    ...{ chat: null, sendResolved: true, allowPrivateAddresses: true, allowPlaintext: true, source: null },
    ...more,
  };
}
