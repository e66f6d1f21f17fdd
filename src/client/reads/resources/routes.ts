import { z } from 'zod';
import { all, find, type State } from '../../../domain/log/state.js';
import { formOf, manifestOf } from '../../../domain/manifests/manifest.js';
import { definitionOf, kindsWithRole, type KindWithRole, type ResourceKinds } from '../../../domain/resources/kinds.js';
import { answeringMiddleware } from '../../../domain/middleware/list.js';
import { healthLevels, type HealthLevel } from '../../../domain/serving/route-health.js';
import { usualTls } from '../../../domain/resources/tls.js';
import { domainName } from '../../../domain/values/network/domain-name.js';
import { routeMissing } from '../../../operations/rules/route.js';
import { Failure } from '../../../ports/failure.js';
import type { Field } from '../../print/output.js';
import { relativeTime } from '../../print/relative-time.js';
import { healthCheckText } from './health-check.js';
import type { ReadContext } from '../read.js';
import { listOf, oneOf, type ResourceView, type Row } from './resource-reads.js';

type OverlayKind = KindWithRole<'overlay'>;

/** An overlay in force on a route: its kind, who began it, and what it does. */
type Overlay = { [K in OverlayKind]: OverlayOf<K> }[OverlayKind];

type OverlayOf<K extends OverlayKind> = {
  readonly kind: K;
  readonly by: string;
  readonly since: string;
} & Readonly<Pick<ResourceKinds[K], (typeof overlayFields)[K][number] & keyof ResourceKinds[K]>>;

/** Fields of each kind of overlay that the status of its route has. */
const overlayFields = {
  Bypass: ['until', 'reason'],
  Canary: ['upstream', 'percentage'],
  Failover: ['reason'],
} as const satisfies { readonly [K in OverlayKind]: readonly (keyof ResourceKinds[K])[] };

interface RouteStatus {
  readonly overlays: readonly Overlay[];
  /** Health of the route for its visitors now; null: not known. Absent in a past state. */
  readonly health?: HealthLevel | null;
  /** Operations on probation by which the route's traffic is judged. Absent: there is none. */
  readonly probations?: readonly { readonly operation: string; readonly until: string }[];
}

const overlayKinds = kindsWithRole('overlay');

/** Schema of the overlays of one kind: the fields have the schemas that they have in the log. */
function overlayShape(kind: OverlayKind) {
  const { shape } = definitionOf(kind).schema;
  const fields = overlayFields[kind].map((field) => [field, shape[field]] as const);
  return z.strictObject({
    kind: z.literal(kind),
    by: z.string(),
    since: z.iso.datetime(),
    ...Object.fromEntries(fields),
  });
}

const view: ResourceView<'Route', RouteStatus> = {
  kind: 'Route',
  plural: 'routes',
  manifest: (route) => manifestOf('Route', route),
  spec: () => formOf('Route').spec,
  statusShape: z.strictObject({
    overlays: z.array(z.union(overlayKinds.map(overlayShape))),
    health: z.enum(healthLevels).nullable().optional(),
    probations: z.array(z.strictObject({ operation: z.string(), until: z.iso.datetime() })).optional(),
  }),
  async statuses({ state, asOf }, context, only) {
    const inForce = (name: string) => ({ overlays: overlaysOn(state, name), ...probationsOf(state, name) });
    if (asOf !== null) return ({ name }) => inForce(name);
    const isEmpty = all(state, 'Route').length === 0;
    const { levels, talk } = isEmpty
      ? { levels: new Map<string, HealthLevel>(), talk: [] }
      : await glance(context, only);
    return { of: ({ name }) => ({ ...inForce(name), health: levels.get(name) ?? null }), talk };
  },
};

/** Longest time for the health of all routes, in milliseconds. */
const GLANCE_MS = 4_000;

/** Has the worker ask each route once through Caddy, as a visitor. Without a worker, the health is not known. */
async function glance({ withWorker }: ReadContext, only: string | null) {
  const levels = new Map<string, HealthLevel>();
  const deadline = Date.now() + GLANCE_MS;
  try {
    const isWhole = await withWorker(async (worker) => {
      for (let after: string | null = null; ;) {
        const page = await worker.inspectHealth({ domain: only, after, glance: true });
        for (const { domain, level } of page.routes) levels.set(domain, level);
        after = page.next;
        if (after === null || Date.now() > deadline) return after === null;
      }
    });
    return {
      levels,
      talk: isWhole ? [] : [`health is unknown where ${GLANCE_MS / 1000} s were not enough; see: hecate read health`],
    };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { levels, talk: [`health is unknown: ${error.message}; see: hecate status`] };
  }
}

function overlaysOn(state: State, domain: string): Overlay[] {
  return overlayKinds.flatMap((kind) => {
    const held = find(state, kind, domain);
    if (!held) return [];
    const value = held.value as unknown as Record<string, unknown>;
    const fields = overlayFields[kind].map((field) => [field, value[field]]);
    return [{ kind, by: held.createdBy, since: value.since, ...Object.fromEntries(fields) } as Overlay];
  });
}

function probationsOf(state: State, domain: string): Pick<RouteStatus, 'probations'> {
  const found = all(state, 'Probation').filter(({ value }) => value.routes.includes(domain));
  if (found.length === 0) return {};
  return { probations: found.map(({ name, value: { until } }) => ({ operation: name, until })) };
}

type RouteRow = Row<'Route', RouteStatus>;

/** Lists all routes. */
export const listRoutes = listOf(view, {
  path: ['list', 'routes'],
  summary: 'List all routes, with what one request through Caddy finds (HEALTH)',
  columns: [
    ['DOMAIN', ({ name }) => name],
    ['UPSTREAM', (row) => upstreamText(row) ?? `– (${answering(row)})`],
    ['SIGN-IN', (row) => signInText(row) ?? '–'],
    ['STATE', ({ status }) => status.state],
    ['HEALTH', ({ status }) => healthText(status)],
  ],
  whole: ['STATE', 'HEALTH'],
});

/** Shows one route with the overlays in force on it. */
export const readRoute = oneOf(view, {
  path: ['read', 'route'],
  summary: 'Show one route',
  examples: ['read route --domain app.example.com', 'read route --domain app.example.com -o yaml'],
  input: z.strictObject({
    domain: domainName.describe('domain of the route').meta({ placeholder: 'domain', names: 'Route' }),
  }),
  name: ({ domain }) => domain,
  missing: routeMissing,
  fields: (row) => [
    ['Domain', row.name],
    ['Name', row.value.label],
    ['Health', row.status.health === undefined ? null : healthText(row.status)],
    ['Upstream', upstreamText(row) ?? `none; every request is answered by ${answering(row)}`],
    ['Backup upstream', backupText(row)],
    ['Sign-in', signInText(row) ?? 'none'],
    ['Health check', healthCheckText(row.value.healthCheck)],
    ['Middleware', row.value.middleware],
    ['Headers', Object.entries(row.value.headers).map(([name, value]) => `${name}: ${value}`)],
    ['TLS', tlsText(row)],
    ...row.status.overlays.map((overlay) => overlayField(overlay, row.now)),
    ...(row.status.probations ?? []).map(({ operation, until }): Field => [
      'Probation',
      `of ${operation}, ends ${relativeTime(until, row.now)}`,
    ]),
  ],
});

function healthText({ health }: RouteStatus): string {
  return health === undefined ? '–' : (health ?? 'unknown');
}

function overlay<K extends Overlay['kind']>({ status }: RouteRow, kind: K) {
  return status.overlays.find((one): one is Extract<Overlay, { kind: K }> => one.kind === kind);
}

function upstreamText(row: RouteRow): string | null {
  const { upstream, backupUpstream } = row.value;
  if (overlay(row, 'Failover')) return `${backupUpstream} (FAILOVER from ${upstream})`;
  const canary = overlay(row, 'Canary');
  return canary ? `${upstream} (${canary.percentage}% → ${canary.upstream})` : upstream;
}

/** Names the middleware that answers every request of a route without an upstream. */
function answering({ value: { middleware } }: RouteRow): string {
  return answeringMiddleware(middleware)?.text ?? '–';
}

function signInText(row: RouteRow): string | null {
  const { authPolicy, requireMFA } = row.value;
  if (authPolicy === null && !requireMFA) return null;
  const bypass = overlay(row, 'Bypass');
  const at = row.status.asOf?.at ?? row.now;
  if (bypass && bypass.until > at) return `BYPASSED, ends ${relativeTime(bypass.until, row.now)}`;
  return [...(authPolicy === null ? [] : [authPolicy]), ...(requireMFA ? ['MFA'] : [])].join(' + ');
}

function backupText({ value: { backupUpstream, autoFailover } }: RouteRow): string | null {
  return backupUpstream && `${backupUpstream}${autoFailover ? ' (automatic failover)' : ''}`;
}

function tlsText({ value: { tls } }: RouteRow): string {
  const issuer = tls.secret
    ? `the certificate of the secret ${tls.secret}`
    : tls.certificate
      ? 'a certificate that was handed over'
      : tls.autoHTTPS
        ? 'certificate by itself'
        : 'internal certificate';
  return [
    `${tls.minVersion} or newer`,
    ...(tls.ciphers.join() === usualTls.ciphers.join() ? [] : [tls.ciphers.join(', ')]),
    issuer,
    ...(tls.forceHTTPS ? ['HTTP is redirected to HTTPS'] : []),
  ].join(', '); // prettier-ignore
}

function overlayField(overlay: Overlay, now: string): Field {
  const begun = `since ${relativeTime(overlay.since, now)} by ${overlay.by}`;
  switch (overlay.kind) {
    case 'Bypass':
      return [
        'Bypass',
        `${begun}, ends ${relativeTime(overlay.until, now)}, reason: ${overlay.reason ?? 'none given'}`,
      ];
    case 'Canary':
      return ['Canary', `${overlay.percentage}% to ${overlay.upstream}, ${begun}`];
    case 'Failover':
      return ['Failover', `${begun}${overlay.reason === null ? '' : `, reason: ${overlay.reason}`}`];
  }
}
