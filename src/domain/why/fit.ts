import { isSame } from '../data/fields.js';
import type { Change } from '../log/commit.js';
import type { RefusalReason } from '../traffic/access-entry.js';
import type { Observation } from './observation.js';
import type { Symptom, TrafficChange } from './symptoms.js';

/** What a change of a resource may do to a route's requests. */
type Aspect =
  | 'created'
  | 'deleted'
  | 'servers'
  | 'health-check'
  | 'request'
  | 'response'
  | 'compression'
  | 'sign-in'
  | 'secret'
  | 'ip'
  | 'rate-limit'
  | 'basic-auth'
  | 'body-size'
  | 'maintenance'
  | 'redirect'
  | 'tls';

/** How well something explains a change of traffic. */
export interface Fit {
  /** From 0 to 1. */
  readonly share: number;
  /** Time after which it explains half as much, ms. */
  readonly halfMs: number;
}

type Fits = Readonly<Record<Symptom, number>>;

interface Explanation {
  readonly fits: Fits;
  readonly halfMs: number;
  /** Refusals that it leads to; null: any. */
  readonly reasons: readonly RefusalReason[] | null;
  /** It does nothing but refuse: what the upstream itself answered is not its work. */
  readonly onlyRefuses: boolean;
}

/** Time after which a change is half as likely whose effect may come late: a session, a health check, a certificate. */
const LATE_MS = 90_000;
/** The same for other servers, which may hold out for a while. */
const SOON_MS = 45_000;
/** The same for what takes effect with the next request. */
const AT_ONCE_MS = 10_000;
/** Part of its fit that is left of a change whose effect would have looked different. */
const OTHERWISE = 0.05;

function fits(errors: number, denied: number, redirects: number, latency: number, traffic: number): Fits {
  return { errors, denied, redirects, latency, 'tail-latency': latency, traffic };
}

function late(of: Fits, reasons: readonly RefusalReason[] | null): Explanation {
  return { fits: of, halfMs: LATE_MS, reasons, onlyRefuses: false };
}

function soon(of: Fits, reasons: readonly RefusalReason[] | null): Explanation {
  return { fits: of, halfMs: SOON_MS, reasons, onlyRefuses: false };
}

function atOnce(of: Fits, reasons: readonly RefusalReason[] | null): Explanation {
  return { fits: of, halfMs: AT_ONCE_MS, reasons, onlyRefuses: false };
}

function refusing(reason: RefusalReason, of: Fits = fits(0.2, 1, 0.05, 0.1, 0.5)): Explanation {
  return { fits: of, halfMs: AT_ONCE_MS, reasons: [reason], onlyRefuses: true };
}

const explanations: Readonly<Record<Aspect, Explanation>> = {
  // What was measured before it was created is no level of it.
  created: atOnce(fits(0.5, 0.5, 0.5, 0.3, 1), null),
  deleted: atOnce(fits(1, 1, 1, 0.3, 1), null),
  servers: soon(fits(1, 0.9, 0.9, 1, 0.8), ['no-upstream']),
  'health-check': late(fits(0.8, 0.3, 0.2, 0.5, 0.5), ['no-upstream']),
  request: atOnce(fits(0.7, 0.7, 0.7, 0.3, 0.4), []),
  response: atOnce(fits(0.1, 0.1, 0.1, 0.1, 0.1), []),
  compression: atOnce(fits(0.1, 0.1, 0.1, 0.6, 0.1), []),
  'sign-in': late(fits(0.6, 1, 1, 0.4, 0.9), ['sign-in']),
  secret: late(fits(0.7, 1, 1, 0.3, 0.9), null),
  ip: refusing('ip'),
  'rate-limit': refusing('rate-limit'),
  'basic-auth': refusing('basic-auth'),
  'body-size': refusing('body-size'),
  maintenance: refusing('maintenance', fits(1, 0.2, 0.05, 0.3, 0.7)),
  redirect: atOnce(fits(0.3, 0.4, 1, 0.3, 0.8), []),
  tls: late(fits(0.5, 0.4, 1, 0.4, 1), []),
};

/** What each field of a route decides. A field without a line does not compile. */
const routeAspects: Readonly<Record<keyof RouteFields, Aspect | null>> = {
  domain: 'created',
  label: null,
  upstream: 'servers',
  headers: 'request',
  healthCheck: 'health-check',
  authPolicy: 'sign-in',
  requireMFA: 'sign-in',
  backupUpstream: 'servers',
  autoFailover: 'servers',
  // By the kinds that differ.
  middleware: null,
  tls: 'tls',
  source: null,
};

type RouteFields = NonNullable<Extract<Change, { kind: 'Route' }>['after']>;

/** What each kind of middleware decides, by its name. `header` depends on its argument. */
export const middlewareAspects: Readonly<Record<string, Aspect | 'by argument'>> = {
  header: 'by argument',
  maintenance: 'maintenance',
  redirect: 'redirect',
  'ip-allow': 'ip',
  'ip-deny': 'ip',
  'rate-limit': 'rate-limit',
  'max-body': 'body-size',
  'basic-auth': 'basic-auth',
  compression: 'compression',
  cors: 'response',
  'request-id': 'response',
  tell: 'request',
  'strip-prefix': 'request',
  'add-prefix': 'request',
  rewrite: 'request',
};

/** Returns how well the changes of one commit explain a change of traffic: by what they do, and by who refused the requests. */
export function fitOfChanges(changes: readonly Change[], change: TrafficChange): Fit {
  const found = changes.flatMap(aspectsOf).map((aspect) => fitOf(explanations[aspect], change));
  return found.reduce((best, one) => (one.share > best.share ? one : best), { share: 0, halfMs: LATE_MS });
}

/** Returns how well an observation explains a change of traffic. */
export function fitOfObservation({ kind }: Observation, change: TrafficChange): Fit {
  return fitOf(observed[kind], change);
}

const observed: Readonly<Record<Observation['kind'], Explanation>> = {
  'server-down': soon(fits(0.85, 0.2, 0.2, 0.7, 0.5), ['no-upstream']),
  'server-up': soon(fits(0.3, 0.3, 0.3, 0.5, 0.3), []),
  repaired: soon(fits(0.8, 0.8, 0.8, 0.6, 0.7), null),
  started: soon(fits(0.6, 0.3, 0.3, 0.4, 0.5), null),
};

function fitOf({ fits: of, halfMs, reasons, onlyRefuses }: Explanation, { symptom, refused }: TrafficChange): Fit {
  const looksOtherwise =
    refused.length > 0
      ? reasons !== null && !refused.some((reason) => reason === 'other' || reasons.includes(reason))
      : onlyRefuses && (symptom === 'errors' || symptom === 'denied');
  return { share: of[symptom] * (looksOtherwise ? OTHERWISE : 1), halfMs };
}

function aspectsOf(change: Change): Aspect[] {
  switch (change.kind) {
    case 'Route':
      if (change.before === null) return ['created'];
      return change.after === null ? ['deleted'] : routeAspectsOf(change.before, change.after);
    case 'Upstream':
      return isOnlyHealthCheck(change) ? ['health-check'] : ['servers'];
    case 'Canary':
    case 'Failover':
      return ['servers'];
    case 'AuthPolicy':
    case 'Bypass':
      return ['sign-in'];
    case 'Secret':
      return ['secret'];
    case 'Schedule':
    case 'Operator':
    case 'AlertRule':
    case 'AlertSink':
    case 'Silence':
    case 'Source':
    case 'Probation':
      return [];
  }
}

function routeAspectsOf(before: RouteFields, after: RouteFields): Aspect[] {
  const fields = (Object.keys(routeAspects) as (keyof RouteFields)[]).filter(
    (field) => !isSame(before[field], after[field]),
  );
  const ofMiddleware = differing(before.middleware, after.middleware).map(middlewareAspect);
  return [...fields.flatMap((field) => routeAspects[field] ?? []), ...ofMiddleware];
}

/** Texts that only one of the lists has; all of them when only the order differs. */
function differing(before: readonly string[], after: readonly string[]): string[] {
  if (isSame(before, after)) return [];
  const one = [...before, ...after].filter((text) => !(before.includes(text) && after.includes(text)));
  return one.length === 0 ? [...after] : one;
}

function middlewareAspect(text: string): Aspect {
  const [name = '', argument = ''] = text.split(':', 2);
  const aspect = middlewareAspects[name] ?? 'request';
  if (aspect !== 'by argument') return aspect;
  return argument === 'request' ? 'request' : 'response';
}

function isOnlyHealthCheck({ before, after }: Extract<Change, { kind: 'Upstream' }>): boolean {
  if (before === null || after === null) return false;
  return !isSame(before, after) && isSame(before, after, 'healthCheck');
}
