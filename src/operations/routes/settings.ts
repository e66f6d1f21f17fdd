import { z } from 'zod';
import { nearest } from '../../domain/data/nearest.js';
import { policyName } from '../../domain/resources/auth-policy.js';
import { headerMap, withHeaders, withoutHeaders } from '../../domain/values/header.js';
import { firstUnmatched, withAdded, withoutSelected } from '../../domain/middleware/changed-list.js';
import { middlewareList, middlewareNames, middlewareSelectors } from '../../domain/middleware/list.js';
import type { Refusal } from '../../domain/refusal.js';
import type { Route } from '../../domain/resources/route.js';
import { upstreamRef } from '../../domain/resources/upstream.js';
import type { Handover } from '../operation.js';
import { healthCheckFlagsProblem, healthCheckSettings, withHealthCheckSettings } from '../rules/health-check.js';
import { tlsSettings, withTlsSettings, tlsFlagsProblem } from './tls-settings.js';
import { absent, invalid } from '../refusals.js';

const onOff = z.enum(['on', 'off']).optional();
const orNone = <T extends z.ZodType>(schema: T) => z.union([z.literal('none'), schema]).optional();

/** Settings of a route besides its domain and upstream, for create and update. Settings that are not given keep their values. */
export const routeSettings = {
  headers: headerMap
    .optional()
    .describe(
      'Header to send to the upstream; repeatable; added, or replaces the header of the same name; none: remove all',
    )
    .meta({ placeholder: 'name=value', repeatable: true }),
  addHeader: headerMap
    .optional()
    .describe('Header to add after --remove-header and --headers; repeatable')
    .meta({ placeholder: 'name=value', repeatable: true }),
  ...healthCheckSettings,
  authPolicy: orNone(policyName)
    .describe('Auth policy of the route; none: remove it')
    .meta({ placeholder: 'policy', names: 'AuthPolicy' }),
  requireMFA: onOff
    .describe(
      'Require sign-in with a second factor; without a policy, every user may sign in; off: only what the policy requires',
    )
    .meta({ placeholder: 'on|off', bare: 'on' }),
  backupUpstream: orNone(upstreamRef)
    .describe('Upstream that takes over during a failover: host:port or an upstream’s name; none: no backup')
    .meta({ placeholder: 'upstream', names: 'Upstream' }),
  autoFailover: onOff
    .describe('Use the backup upstream automatically while no server of the upstream is available')
    .meta({ placeholder: 'on|off', bare: 'on' }),
  middleware: middlewareList
    .optional()
    .describe(
      `Middleware, such as rate-limit:100/minute; kinds: ${middlewareNames.join(', ')}; repeatable; added, or replaces the middleware of the same kind; none: remove all`,
    )
    .meta({ placeholder: 'middleware', items: true, suggests: middlewareNames }),
  addMiddleware: middlewareList
    .optional()
    .describe('Middleware to add beside others of its kind, after --remove-middleware and --middleware; repeatable')
    .meta({ placeholder: 'middleware', items: true, suggests: middlewareNames }),
  ...tlsSettings,
};

/** Parts of a route's settings to remove, for update. */
export const routeRemovals = {
  removeHeader: z
    .array(z.string().trim().min(1))
    .optional()
    .describe('Name of a header to stop sending to the upstream, before others are set; repeatable')
    .meta({ placeholder: 'name', items: true }),
  removeMiddleware: middlewareSelectors
    .optional()
    .describe('Middleware to remove, by its whole text or by its kind, before others are set; repeatable')
    .meta({ placeholder: 'middleware', items: true, suggests: middlewareNames }),
};

type Fields = typeof routeSettings & typeof routeRemovals;
type Settings = { readonly [K in keyof Fields]?: z.infer<Fields[K]> | undefined };

/** Returns the route with the given settings changed. */
export function withSettings(before: Route, input: Settings, handover: Handover): Route {
  return {
    ...before,
    headers: headersOf(before, input),
    healthCheck: withHealthCheckSettings(before.healthCheck, input),
    authPolicy: orKept(input.authPolicy, before.authPolicy),
    requireMFA: switched(input.requireMFA, before.requireMFA),
    backupUpstream: orKept(input.backupUpstream, before.backupUpstream),
    autoFailover: switched(input.autoFailover, before.autoFailover),
    middleware: changedMiddleware(before, input),
    tls: withTlsSettings(before.tls, input, handover),
  };
}

/** Returns the refusal of settings that have no effect together or contradict each other; null: they are fine. */
export function settingsProblem(before: Route, input: Settings, handover: Handover): Refusal | null {
  return (
    removalProblem(before, input) ??
    checkProblem(before, input) ??
    tlsFlagsProblem(withTlsSettings(before.tls, input, handover), input)
  );
}

/** Returns the route's middleware with the given changes. */
export function changedMiddleware(before: Pick<Route, 'middleware'>, input: Settings): string[] {
  const { middleware, removeMiddleware = [], addMiddleware = [] } = input;
  const kept = middleware?.length === 0 ? [] : before.middleware;
  // Removed first, so that no removal of a kind takes away what the same command gives.
  const list = withAdded(withoutSelected(kept, removeMiddleware), middleware ?? [], { replacesKind: true });
  return withAdded(list, addMiddleware, { replacesKind: false });
}

function headersOf(before: Route, { headers, removeHeader = [], addHeader = {} }: Settings): Route['headers'] {
  const kept = headers && Object.keys(headers).length === 0 ? {} : before.headers;
  return withHeaders(withHeaders(withoutHeaders(kept, removeHeader), headers ?? {}), addHeader);
}

/** Returns the refusal to remove what the route does not have; null: it has all of it. */
function removalProblem(before: Route, { removeHeader = [], removeMiddleware = [] }: Settings): Refusal | null {
  const { domain, headers, middleware } = before;
  const names = Object.keys(headers);
  const header = removeHeader.find((name) => !names.some((one) => one.toLowerCase() === name.toLowerCase()));
  if (header !== undefined) return absentPart('header', { domain, text: header, held: names });
  const text = firstUnmatched(middleware, removeMiddleware);
  return text === undefined ? null : absentPart('middleware', { domain, text, held: middleware });
}

function absentPart(
  noun: 'header' | 'middleware',
  { domain, text, held }: { readonly domain: string; readonly text: string; readonly held: readonly string[] },
): Refusal {
  const close = nearest(text, [...held]);
  const all =
    held.length === 0 ? `It has none. See: hecate read route --domain ${domain}` : `It has: ${held.join(', ')}`;
  return absent(`${noun}-missing`, `${domain} has no ${noun} ${text}`, close ? `Did you mean ${close}?` : all);
}

function checkProblem(before: Route, input: Settings): Refusal | null {
  const problem = healthCheckFlagsProblem(before.healthCheck, input);
  if (problem === null) return null;
  return invalid('health-check-without-path', problem, 'Add a path, such as --health-check-path /health.');
}

/** Returns a given setting, null for `none`, or the kept one when nothing is given. */
export function orKept(given: string | undefined, kept: string | null): string | null {
  return given === 'none' ? null : (given ?? kept);
}

function switched(given: 'on' | 'off' | undefined, kept: boolean): boolean {
  return given === undefined ? kept : given === 'on';
}
