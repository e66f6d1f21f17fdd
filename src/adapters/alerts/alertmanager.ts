import type { NotifiedAlert } from '../../domain/alerts/notification.js';
import { authorization, below, type Outgoing, type SinkRequest } from './http-sink.js';

/** An alert that fires ends in Alertmanager after this time unless Hecate tells it again. */
const FIRES_MS = 7 * 86_400_000;

/** Alertmanager's API, version 2. It groups, silences and routes by itself. */
export function alertmanagerRequest(outgoing: Outgoing): SinkRequest {
  const { notification, sink, nowMs } = outgoing;
  const url = below(sink.url ?? '', '/api/v2/alerts');
  const body = notification.alerts.map((alert) => postable(alert, new Date(nowMs + FIRES_MS).toISOString()));
  return { url, headers: authorization(outgoing), body };
}

function postable({ labels, annotations, startsAt, endsAt }: NotifiedAlert, firesUntil: string) {
  return {
    labels: Object.fromEntries(Object.entries({ alertname: 'hecate', ...labels }).map(([name, text]) => [labelName(name), text])), // prettier-ignore
    annotations,
    startsAt,
    endsAt: endsAt ?? firesUntil,
  };
}

/** Versions before 0.27 take only such names. */
function labelName(name: string): string {
  return name.replace(/\W/g, '_').replace(/^(?=\d)/, '_');
}
