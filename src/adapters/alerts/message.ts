import type { NotifiedAlert, Notification } from '../../domain/alerts/notification.js';

const MOST_LISTED = 20;

/** Returns a notification in one line, such as `[FIRING 2] upstream-down`. */
export function titleOf({ status, alerts }: Notification): string {
  const firing = alerts.filter(({ endsAt }) => endsAt === null).length;
  const names = [...new Set(alerts.map(nameOf))];
  const more = names.length > 3 ? `, and ${names.length - 3} more` : '';
  const state = status === 'resolved' ? 'RESOLVED' : `FIRING ${firing || alerts.length}`;
  return `[${state}] ${names.slice(0, 3).join(', ')}${more}`;
}

/** Returns a notification in plain lines: each alert with its state, summary and description. */
export function textOf({ alerts }: Notification): string {
  const listed = alerts.slice(0, MOST_LISTED).map(alertText);
  const more = alerts.length - listed.length;
  return [...listed, ...(more > 0 ? [`and ${more} more alerts`] : [])].join('\n\n');
}

/** Returns the highest severity among the alerts; `info` when none has one. */
export function severityOf({ alerts }: Notification): 'critical' | 'warning' | 'info' {
  const found = new Set(alerts.map(({ labels }) => labels['severity']));
  return found.has('critical') ? 'critical' : found.has('warning') ? 'warning' : 'info';
}

/** Returns at most this many characters of a text, never half of one. */
export function cut(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}

function nameOf({ labels }: NotifiedAlert): string {
  return labels['alertname'] ?? 'alert';
}

function alertText({ labels, annotations: { summary, description }, startsAt, endsAt }: NotifiedAlert): string {
  const { severity } = labels;
  const state = endsAt === null ? `since ${startsAt}` : `${startsAt} to ${endsAt}`;
  const head = `${summary}${severity === undefined ? '' : ` (${severity})`}`;
  return [head, ...(description === '' || description === summary ? [] : [description]), state].join('\n');
}
