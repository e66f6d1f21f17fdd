// Alerts: what the rules make of facts over time, and what sinks are told of it, with the semantics of Prometheus and
// Alertmanager. Pure; its memory is plain data, so that a worker that starts again goes on where the last one stopped.

import type { AlertRule } from '../resources/alert-rule.js';
import type { Silence } from '../resources/silence.js';
import { durationMs } from '../values/duration.js';
import { intervalMs } from '../values/interval.js';
import type { Active } from './conditions.js';
import type { Notification, NotifiedAlert } from './notification.js';

/** An alert: pending while `firedAt` is null, firing until `endedAt`. Times are ISO 8601 UTC. */
export interface Alert {
  readonly rule: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: NotifiedAlert['annotations'];
  /** Time since when its condition holds. */
  readonly activeSince: string;
  /** Last time at which it held. */
  readonly lastActive: string;
  readonly firedAt: string | null;
  readonly endedAt: string | null;
  /** Last time at which it held and was muted. Absent: never. */
  readonly lastMuted?: string;
  /** Alerts that follow from this one. Absent: none. */
  readonly covers?: NonNullable<Active['covers']>;
}

/** What a sink was told of the alerts of one rule. */
interface Group {
  readonly sink: string;
  readonly rule: string;
  /** Fingerprints of the alerts that the sink takes for firing. */
  readonly told: readonly string[];
  /** Time since when there is something to tell; null: there is nothing. */
  readonly waitsSince: string | null;
  /** Time of the last notification; null: there was none. */
  readonly sentAt: string | null;
}

/** All that has to outlive a restart. */
export interface AlertMemory {
  /** By fingerprint. */
  readonly alerts: Readonly<Record<string, Alert>>;
  /** By `groupKey`. */
  readonly groups: Readonly<Record<string, Group>>;
  /** Notifications that were decided and not taken over yet, oldest first. */
  readonly outbox: readonly Notification[];
}

/** Memory of an environment without alerts. */
export const emptyMemory: AlertMemory = { alerts: {}, groups: {}, outbox: [] };

/** Waits between the first alert of a group and its notification, and between two notifications of it, in milliseconds. */
export interface Timing {
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
}

/** Waits as Alertmanager has them. */
export const usualTiming: Timing = { groupWaitMs: 30_000, groupIntervalMs: 300_000 };

/** A rule with the things for which its condition holds; null: that is not known. */
export interface Evaluated {
  readonly rule: AlertRule;
  readonly active: readonly Active[] | null;
  /** Returns true for the labels of a thing about which nothing is known. Absent: all that is not active is well. */
  readonly isUnknown?: (labels: Active['labels']) => boolean;
}

/** Everything that {@link advance} goes by. */
export interface Step {
  /** The rules that are enabled. */
  readonly evaluated: readonly Evaluated[];
  readonly silences: readonly Silence[];
  /** Names of all sinks. */
  readonly sinks: readonly string[];
  /** ISO 8601 UTC. */
  readonly now: string;
  readonly timing: Timing;
  /** Returns the SHA-256 (hex) of a text. */
  readonly sha256: (text: string) => string;
}

/**
 * Returns the memory after a look at the facts; new notifications are in its outbox. Where facts are not known, alerts stay as
 * they are. A resolved alert is told to each sink that was told of it, also while it is silenced.
 */
export function advance(memory: AlertMemory, step: Step): AlertMemory {
  const alerts = withMuted(alertsAfter(memory.alerts, step), step);
  const groups = groupsAfter({ ...memory, alerts }, step);
  const outbox = [...memory.outbox];
  const kept: Record<string, Group> = {};
  for (const [key, group] of Object.entries(groups)) {
    const { after, notification } = flushed({ key, group, alerts }, step);
    if (notification !== null) outbox.push(notification);
    const isOver = after.told.length === 0 && after.waitsSince === null;
    const rests = after.sentAt !== null && msBetween(after.sentAt, step.now) < step.timing.groupIntervalMs;
    if (!isOver || rests) kept[key] = after;
  }
  const told = new Set(Object.values(kept).flatMap((group) => group.told));
  const living = Object.entries(alerts).filter(
    ([fingerprint, { endedAt }]) => endedAt === null || told.has(fingerprint),
  );
  return { alerts: Object.fromEntries(living), groups: kept, outbox };
}

/** Returns the memory without the notifications that were taken over. */
export function withoutDelivered(memory: AlertMemory, ids: ReadonlySet<string>): AlertMemory {
  return { ...memory, outbox: memory.outbox.filter(({ id }) => !ids.has(id)) };
}

/** Returns the reason why no sink is told of an alert; null: sinks are told. */
export function mutedBy(
  alert: Alert,
  alerts: readonly Alert[],
  silences: readonly Silence[],
  now: string,
): string | null {
  const silence = silences.find(({ since, until, matchers }) => since <= now && now < until && fits(alert, matchers));
  if (silence !== undefined) return `silence ${silence.name} until ${silence.until}`;
  const cause = alerts.find((one) => one.endedAt === null && one !== alert && isCovered(alert, one));
  return cause === undefined ? null : `${cause.labels['component'] ?? cause.rule} is down`;
}

function withMuted(alerts: AlertMemory['alerts'], { silences, now }: Step): Record<string, Alert> {
  const all = Object.values(alerts);
  const noted = Object.entries(alerts).map(([fingerprint, alert]) => {
    const isMuted = alert.lastActive === now && mutedBy(alert, all, silences, now) !== null;
    return [fingerprint, isMuted ? { ...alert, lastMuted: now } : alert] as const;
  });
  return Object.fromEntries(noted);
}

/** True for an alert that is only kept firing, and that was muted while its condition held: nobody needs to hear of it now. */
function isPast({ lastActive, lastMuted }: Alert, now: string): boolean {
  return lastActive !== now && lastMuted === lastActive;
}

function fits({ labels }: Alert, matchers: Silence['matchers']): boolean {
  return Object.entries(matchers).every(([name, pattern]) => isLike(labels[name] ?? '', pattern));
}

/** A `*` stands for any text. Linear in the length of the text for each part of the pattern. */
function isLike(text: string, pattern: string): boolean {
  const parts = pattern.split('*');
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return text === pattern;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let from = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return from <= text.length - last.length;
}

/** A proxy that is down explains what is wrong with its routes. */
function isCovered({ labels }: Alert, { covers, labels: cause }: Alert): boolean {
  if (covers === undefined || labels['route'] === undefined) return false;
  return covers === 'routes' || labels['proxy'] === cause['component'];
}

function alertsAfter(before: AlertMemory['alerts'], { evaluated, now, sha256 }: Step): Record<string, Alert> {
  const after: Record<string, Alert> = {};
  const byRule = new Map(evaluated.map((one) => [one.rule.name, one]));
  for (const [fingerprint, alert] of Object.entries(before)) {
    const found = byRule.get(alert.rule);
    const isUnknown = found?.active === null || found?.isUnknown?.(alert.labels) === true;
    const left = isUnknown ? alert : inactive(alert, found?.rule, now);
    if (left !== null) after[fingerprint] = left;
  }
  for (const { rule, active } of evaluated) {
    for (const one of bounded(active ?? [], before, sha256)) {
      const fingerprint = fingerprintOf(one.labels, sha256);
      after[fingerprint] = activated(before[fingerprint], one, rule, now);
    }
  }
  return after;
}

/** Most alerts of one rule: a disaster must not make the memory too large. */
const MOST_OF_A_RULE = 500;

/** Returns the things that become alerts: known ones first, and one thing that stands for all that are too many. */
function bounded(active: readonly Active[], known: AlertMemory['alerts'], sha256: Step['sha256']): readonly Active[] {
  const [first] = active;
  if (active.length <= MOST_OF_A_RULE || first === undefined) return active;
  const isKnown = (one: Active) => known[fingerprintOf(one.labels, sha256)] !== undefined;
  const kept = [...active.filter(isKnown), ...active.filter((one) => !isKnown(one))].slice(0, MOST_OF_A_RULE);
  const { alertname = '', severity = '', environment = '' } = first.labels;
  const more = active.length - MOST_OF_A_RULE;
  const rest: Active = {
    labels: { alertname, severity, environment, more: 'true' },
    summary: `${more} more alerts of ${alertname}`,
    description: `Only ${MOST_OF_A_RULE} alerts of one rule are told apart. See: hecate read health`,
  };
  return [...kept, rest];
}

function fingerprintOf(labels: Alert['labels'], sha256: Step['sha256']): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return sha256(JSON.stringify(sorted)).slice(0, 16);
}

function activated(before: Alert | undefined, active: Active, rule: AlertRule, now: string): Alert {
  const known = before?.endedAt === null ? before : undefined;
  const activeSince = known?.activeSince ?? now;
  const isDue = rule.for === null || msBetween(activeSince, now) >= durationMs(rule.for);
  return {
    rule: rule.name,
    labels: active.labels,
    annotations: { summary: active.summary, description: active.description },
    activeSince,
    lastActive: now,
    firedAt: known?.firedAt ?? (isDue ? now : null),
    endedAt: null,
    ...(known?.lastMuted === undefined ? {} : { lastMuted: known.lastMuted }),
    ...(active.covers === undefined ? {} : { covers: active.covers }),
  };
}

/** Returns an alert whose condition does not hold; null: it is forgotten. `rule` undefined: there is none any more. */
function inactive(alert: Alert, rule: AlertRule | undefined, now: string): Alert | null {
  if (alert.firedAt === null) return null;
  if (alert.endedAt !== null) return alert;
  const keptMs = rule?.keepFiringFor == null ? 0 : durationMs(rule.keepFiringFor);
  return msBetween(alert.lastActive, now) < keptMs ? alert : { ...alert, endedAt: now };
}

/** Returns the groups of all sinks and rules, those that were told of something included. */
function groupsAfter({ groups }: AlertMemory, { evaluated, sinks }: Step): Record<string, Group> {
  const known = Object.entries(groups).filter(([, { sink }]) => sinks.includes(sink));
  const wanted = evaluated.flatMap(({ rule }) => sinksOf(rule, sinks).map((sink) => ({ sink, rule: rule.name })));
  const none = { told: [], waitsSince: null, sentAt: null };
  const all = wanted.map((one) => [groupKeyOf(one), groups[groupKeyOf(one)] ?? { ...one, ...none }] as const);
  return Object.fromEntries([...known, ...all]);
}

function sinksOf({ sinks: wanted }: AlertRule, sinks: readonly string[]): readonly string[] {
  return wanted.length === 0 ? sinks : sinks.filter((sink) => wanted.includes(sink));
}

function groupKeyOf({ sink, rule }: Pick<Group, 'sink' | 'rule'>): string {
  return `${sink}:{alertname="${rule}"}`;
}

interface Flushing {
  readonly key: string;
  readonly group: Group;
  readonly alerts: Readonly<Record<string, Alert>>;
}

/** Returns a group after this look, with the notification that is due now; null: none is. */
function flushed(
  { key, group, alerts }: Flushing,
  { evaluated, silences, sinks, now, timing, sha256 }: Step,
): { readonly after: Group; readonly notification: Notification | null } {
  const rule = evaluated.find((one) => one.rule.name === group.rule)?.rule;
  const isWanted = rule !== undefined && sinksOf(rule, sinks).includes(group.sink);
  const all = Object.values(alerts);
  const firing = Object.entries(alerts).filter(
    ([, { rule: name, firedAt, endedAt }]) => isWanted && name === group.rule && firedAt !== null && endedAt === null,
  );
  const open = firing.filter(
    ([fingerprint, alert]) =>
      mutedBy(alert, all, silences, now) === null && (group.told.includes(fingerprint) || !isPast(alert, now)),
  );
  const fires = new Set(firing.map(([fingerprint]) => fingerprint));
  const isNew = open.some(([fingerprint]) => !group.told.includes(fingerprint));
  const gone = group.told.filter((fingerprint) => !fires.has(fingerprint));
  const repeatMs = rule?.repeat == null ? Infinity : intervalMs(rule.repeat);
  const isReminder = open.length > 0 && group.sentAt !== null && msBetween(group.sentAt, now) >= repeatMs;
  if (!isNew && gone.length === 0 && !isReminder) {
    return { after: { ...group, waitsSince: null }, notification: null };
  }
  const waitsSince = group.waitsSince ?? now;
  const waited = group.told.length > 0 || msBetween(waitsSince, now) >= timing.groupWaitMs;
  const rested = group.sentAt === null || msBetween(group.sentAt, now) >= timing.groupIntervalMs;
  if (!waited || !rested) return { after: { ...group, waitsSince }, notification: null };
  const told = [
    ...open.map(([fingerprint, alert]) => notified(fingerprint, alert, null)),
    ...gone.flatMap((fingerprint) => {
      const alert = alerts[fingerprint];
      return alert === undefined ? [] : [notified(fingerprint, alert, alert.endedAt ?? now)];
    }),
  ];
  const muted = group.told.filter((one) => fires.has(one) && !open.some(([fingerprint]) => fingerprint === one));
  const after = { ...group, told: [...open.map(([fingerprint]) => fingerprint), ...muted] };
  const sent = { ...after, waitsSince: null, sentAt: now };
  if (told.length === 0) return { after: sent, notification: null };
  const states = told.map(({ fingerprint, startsAt, endsAt }) => `${fingerprint}@${startsAt}@${endsAt ?? ''}`).sort();
  const round = isReminder && !isNew && gone.length === 0 ? [now] : [];
  const notification: Notification = {
    id: sha256(JSON.stringify([key, ...states, ...round])).slice(0, 32),
    sink: group.sink,
    status: open.length > 0 ? 'firing' : 'resolved',
    groupKey: key,
    alerts: told,
    at: now,
  };
  return { after: sent, notification };
}

function notified(
  fingerprint: string,
  { labels, annotations, firedAt, activeSince }: Alert,
  endsAt: string | null,
): NotifiedAlert {
  return { labels, annotations, startsAt: firedAt ?? activeSince, endsAt, fingerprint };
}

function msBetween(from: string, to: string): number {
  return Date.parse(to) - Date.parse(from);
}
