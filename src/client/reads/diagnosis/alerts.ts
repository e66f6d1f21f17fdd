import { z } from 'zod';
import { mutedBy, type Alert } from '../../../domain/alerts/engine.js';
import { all } from '../../../domain/log/state.js';
import { table } from '../../print/output.js';
import { relativeTime } from '../../print/relative-time.js';
import { defineRead } from '../read.js';

/** A memory that was not advanced for longer is out of date. */
const FRESH_MS = 120_000;

/** Lists the alerts that are pending or firing. */
export const listAlerts = defineRead({
  path: ['list', 'alerts'],
  summary: 'List the alerts that are pending or firing',
  examples: ['list alerts', 'list alerts -o json'],
  input: z.strictObject({}),
  shape: () =>
    z.array(
      z.strictObject({
        fingerprint: z.string(),
        rule: z.string(),
        state: z.enum(['pending', 'firing', 'silenced']),
        labels: z.record(z.string(), z.string()),
        summary: z.string(),
        description: z.string(),
        activeSince: z.string(),
        firedAt: z.string().nullable(),
        mutedBy: z.string().nullable(),
      }),
    ),
  async answer(_input, { withAlerts, look, now }) {
    const [stored, { state }] = await Promise.all([withAlerts((alerts) => alerts.read()), look()]);
    const silences = all(state, 'Silence').map(({ value }) => value);
    const living = Object.entries(stored?.memory.alerts ?? {}).filter(([, { endedAt }]) => endedAt === null);
    const alerts = living.map(([, alert]) => alert);
    const data = living
      .map(([fingerprint, alert]) => shown(fingerprint, alert, mutedBy(alert, alerts, silences, now)))
      .sort((a, b) => (a.activeSince < b.activeSince ? -1 : 1));
    const age = stored === null ? Infinity : Date.parse(now) - Date.parse(stored.at);
    const stale =
      stored === null ? 'no worker has looked for alerts yet' : `no worker looked for alerts since ${stored.at}`;
    return {
      data,
      talk: age > FRESH_MS ? [`${stale}; see: hecate status`] : [],
      text: () =>
        data.length === 0
          ? 'no alerts'
          : table(
              ['RULE', 'STATE', 'SEVERITY', 'SINCE', 'SUMMARY'],
              data.map(({ rule, state: is, labels, activeSince, summary, mutedBy: muted }) => [
                ...[rule, is, labels['severity'] ?? '–', relativeTime(activeSince, now)],
                muted === null ? summary : `${summary} (${muted})`,
              ]),
            ),
    };
  },
});

function shown(fingerprint: string, alert: Alert, muted: string | null) {
  const { rule, labels, annotations, activeSince, firedAt } = alert;
  const is = firedAt === null ? 'pending' : muted === null ? 'firing' : 'silenced';
  return { fingerprint, rule, state: is, labels, ...annotations, activeSince, firedAt, mutedBy: muted } as const;
}
