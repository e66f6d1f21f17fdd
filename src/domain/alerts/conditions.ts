import type { BypassFact, CertificateFact, Facts, Known, NamedFact, TrafficFact } from '../health/facts.js';
import { lifeLeft } from '../serving/certificate-life.js';
import type { AlertCondition, AlertConditionKind } from '../resources/alert-condition.js';
import type { AlertRule } from '../resources/alert-rule.js';
import { durationMs } from '../values/duration.js';

/** A thing for which a rule's condition holds. */
export interface Active {
  readonly labels: Readonly<Record<string, string>>;
  /** One sentence without a full stop. */
  readonly summary: string;
  readonly description: string;
  /** Alerts that follow from this one, so that nobody needs to hear of them: those of all routes, or of its proxy's. */
  readonly covers?: 'routes' | 'proxy';
}

/** Longest text of an annotation: some are written by others. */
const LONGEST = 500;

/**
 * Returns the things for which a rule's condition holds, with the labels of their alerts. Null: the facts are not known, so
 * nothing can be said.
 */
export function activeOf(rule: AlertRule, facts: Facts, environment: string): readonly Active[] | null {
  const found = findingsOf(rule.condition, facts);
  const common = { ...rule.labels, alertname: rule.name, severity: rule.severity, environment };
  return (
    found?.map(({ labels, summary, description, covers }) => ({
      labels: { ...common, ...labels, alertname: rule.name },
      summary: cut(summary),
      description: cut(description),
      ...(covers === undefined ? {} : { covers }),
    })) ?? null
  );
}

/** Returns true when nothing is known about the thing with these labels, although {@link activeOf} knows others of the rule. */
export function isUnknown({ condition }: AlertRule, facts: Facts, labels: Active['labels']): boolean {
  if (condition.kind !== 'drift') return false;
  const { proxyDrift, identityDrift, components } = facts;
  if (!('known' in components)) return 'unknown' in proxyDrift || 'unknown' in identityDrift;
  const isProxy = components.known.some((one) => one.isProxy && one.name === labels['system']);
  return 'unknown' in (isProxy ? proxyDrift : identityDrift);
}

function cut(text: string): string {
  const plain = text.replace(/\p{Cc}/gu, ' ');
  return plain.length <= LONGEST ? plain : `${plain.slice(0, LONGEST - 1)}…`;
}

type Condition<K extends AlertConditionKind> = Extract<AlertCondition, { readonly kind: K }>;
type Check<K extends AlertConditionKind> = (facts: Facts, condition: Condition<K>) => readonly Active[] | null;

function findingsOf(condition: AlertCondition, facts: Facts): readonly Active[] | null {
  return (checks[condition.kind] as Check<AlertConditionKind>)(facts, condition);
}

const SEE_HEALTH = 'See: hecate read health';

/** What each condition looks at. A kind without a line does not compile. */
const checks: { readonly [K in AlertConditionKind]: Check<K> } = {
  'sign-in-failures-by-host': ({ traffic, at }, { above, within }) =>
    byRoute(traffic, at, within)
      ?.filter(({ denied }) => denied > above)
      .map(({ route, denied }) =>
        active({ route }, `${route} refused ${denied} requests within ${within}`, 'They got 401 or 403.'),
      ) ?? null,
  'sign-in-failures-by-user'({ signIns, at }, { above, within }) {
    if (!('known' in signIns)) return null;
    const since = Date.parse(at) - durationMs(within);
    const counts = new Map<string, number>();
    for (const one of signIns.known)
      if (Date.parse(one.at) > since) counts.set(one.user, (counts.get(one.user) ?? 0) + 1);
    return [...counts]
      .filter(([, count]) => count > above)
      .map(([user, count]) =>
        active(
          { user },
          `${count} sign-ins of ${user} failed within ${within}`,
          'Somebody may be guessing the password.',
        ),
      );
  },
  'upstream-down': ({ servers }) =>
    each(servers, ({ route, dial, problem }) =>
      active({ route, server: dial }, `${dial}, a server of ${route}, ${problem}`, seeRoute(route)),
    ),
  'error-rate': ({ traffic, at }, { above, within, requests: least }) =>
    byRoute(traffic, at, within)
      ?.filter(({ requests, errors }) => requests >= least && (errors / requests) * 100 > above)
      .map(({ route, requests, errors }) => {
        const rate = ((errors / requests) * 100).toFixed(1);
        return active({ route }, `${rate}% of the requests to ${route} fail`, `${errors} of ${requests} in ${within}.`);
      }) ?? null,
  certificate: ({ certificates, at }, { below }) => each(certificates, (one) => certificateAlert(one, below, at)),
  'rotation-overdue': ({ rotations }) => each(rotations, named('secret')),
  'backup-overdue': ({ backups }) => each(backups, named('schedule')),
  drift({ proxyDrift, identityDrift }) {
    const found = [proxyDrift, identityDrift].flatMap((facts) => ('known' in facts ? [facts.known] : []));
    return found.length === 0 ? null : found.flat().map(named('system'));
  },
  'operation-failed'({ failed, at }, { within }) {
    if (!('known' in failed)) return null;
    const since = Date.parse(at) - durationMs(within);
    return failed.known
      .filter((one) => Date.parse(one.at) > since)
      .map(({ id, operation, subject, result, detail }) =>
        active(
          { operation, subject, id },
          `${operation} of ${subject} ${result === 'undone' ? 'was undone' : result}`,
          detail ?? 'See: hecate history',
        ),
      );
  },
  'operation-stuck'({ open, at }, { within }) {
    if (!('known' in open)) return null;
    const before = Date.parse(at) - durationMs(within);
    return open.known
      .filter(({ since }) => Date.parse(since) <= before)
      .map(({ id, operation, since }) =>
        active({ operation, id }, `${operation} (${id}) has not ended since ${since}`, `See: hecate follow ${id}`),
      );
  },
  'source-held': ({ held }) => each(held, named('source')),
  'bypass-open': ({ bypasses }) => each(bypasses, bypassAlert),
  'component-down'({ components }) {
    if (!('known' in components)) return null;
    const proxies = components.known.filter(({ isProxy }) => isProxy);
    const covers = proxies.every(({ problem }) => problem !== null) ? 'routes' : 'proxy';
    return components.known
      .filter(({ problem }) => problem !== null)
      .map(({ name, isProxy, problem }) => ({
        ...active({ component: name }, `${name} does not work: ${problem}`, 'See: hecate status'),
        ...(isProxy ? { covers } : {}),
      }));
  },
  disk: ({ disks }, { below }) =>
    each(disks, ({ name, free, size }) => {
      const share = (free / Math.max(1, size)) * 100;
      if (share >= below) return null;
      return active(
        { disk: name },
        `${share.toFixed(1)}% of the disk of ${name} is free`,
        'Make space, or Hecate stops.',
      );
    }),
  'sink-failing': ({ sinks }) => each(sinks, named('sink')),
};

function active(labels: Active['labels'], summary: string, description: string): Active {
  return { labels, summary, description };
}

function each<T>(facts: Known<T>, make: (fact: T) => Active | null): readonly Active[] | null {
  return 'known' in facts ? facts.known.flatMap((one) => make(one) ?? []) : null;
}

function named(label: string): (fact: NamedFact) => Active {
  return ({ name, detail }) => active({ [label]: name }, `${label} ${name}: ${detail}`, SEE_HEALTH);
}

function seeRoute(route: string): string {
  return `See: hecate read route health --domain ${route}`;
}

function bypassAlert({ route, until, by, reason }: BypassFact): Active {
  const why = reason === null ? 'no reason was given' : reason;
  const end = `End it with: hecate update route --domain ${route} --auth-bypass=off`;
  return active({ route }, `sign-in on ${route} is bypassed until ${until}, by ${by}: ${why}`, end);
}

function certificateAlert(one: CertificateFact, below: number, at: string): Active | null {
  const { share, level } = lifeLeft(one, at);
  // One that a person brings may last years, and is judged by health alone until little is left.
  const isShort = share * 100 < below && (one.isIssued || level !== 'ok');
  if (!isShort) return null;
  const { route, host, proxy, issuer, notAfter } = one;
  const left = `${Math.floor(share * 100)}% of its lifetime is left`;
  return active(
    { route, host, proxy },
    `the certificate of ${host} ends at ${notAfter}, and was not renewed: ${left}`,
    `It is by ${issuer}. ${seeRoute(route)}`,
  );
}

/** Longest time after which a slot of ten seconds of a proxy with traffic is stored. */
const LATEST_MS = 30_000;

/** Sums the last `within` up to the newest slot that is stored. Facts of a whole minute count when any part of it is within. */
function byRoute(traffic: Known<TrafficFact>, at: string, within: string): readonly RouteSum[] | null {
  if (!('known' in traffic)) return null;
  const newest = traffic.known.reduce((end, { startMs, lengthMs }) => Math.max(end, startMs + lengthMs), 0);
  const end = Math.max(newest, Date.parse(at) - LATEST_MS);
  const since = end - durationMs(within);
  const sums = new Map<string, RouteSum>();
  for (const { startMs, lengthMs, route, requests, errors, denied } of traffic.known) {
    if (startMs + lengthMs <= since) continue;
    const sum = sums.get(route);
    sums.set(route, {
      route,
      requests: requests + (sum?.requests ?? 0),
      errors: errors + (sum?.errors ?? 0),
      denied: denied + (sum?.denied ?? 0),
    });
  }
  return [...sums.values()];
}

type RouteSum = Omit<TrafficFact, 'startMs' | 'lengthMs'>;
