import { z } from 'zod';
import { policyName } from '../../domain/resources/auth-policy.js';
import { secondsText } from '../../domain/values/duration.js';
import { headerMap } from '../../domain/values/header.js';
import { healthPath } from '../../domain/values/health-path.js';
import { middlewareList, middlewareNames } from '../../domain/middleware/list.js';
import type { Refusal } from '../../domain/refusal.js';
import type { Route } from '../../domain/resources/route.js';
import { upstreamRef } from '../../domain/resources/upstream.js';
import type { Handover } from '../operation.js';
import { tlsSettings, withTlsSettings, tlsFlagsProblem } from './tls-settings.js';
import { invalid } from '../refusals.js';

const onOff = z.enum(['on', 'off']).optional();
const orNone = <T extends z.ZodType>(schema: T) => z.union([z.literal('none'), schema]).optional();

/** Settings of a route besides its domain and upstream, for create and update. Settings that are not given keep their values. */
export const routeSettings = {
  headers: headerMap
    .optional()
    .describe('Header to send to the upstream; repeatable; replaces all headers of the route; none: no headers')
    .meta({ placeholder: 'name=value', repeatable: true }),
  healthCheckPath: orNone(healthPath)
    .describe('Path to request for health checks; none: no health checks')
    .meta({ placeholder: 'path' }),
  healthCheckInterval: secondsText
    .optional()
    .describe('Time between two health checks (default: 30s)')
    .meta({ placeholder: 'duration' }),
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
      `Middleware, such as rate-limit:100/minute; kinds: ${middlewareNames.join(', ')}; repeatable, runs in this order; replaces the whole list; none: no middleware`,
    )
    .meta({ placeholder: 'middleware', items: true, suggests: middlewareNames }),
  ...tlsSettings,
};

type Settings = { readonly [K in keyof typeof routeSettings]?: z.infer<(typeof routeSettings)[K]> | undefined };

/** Returns the route with the given settings changed. */
export function withSettings(before: Route, input: Settings, handover: Handover): Route {
  return {
    ...before,
    headers: input.headers ?? before.headers,
    healthCheck: healthCheckOf(before, input),
    authPolicy: orKept(input.authPolicy, before.authPolicy),
    requireMFA: switched(input.requireMFA, before.requireMFA),
    backupUpstream: orKept(input.backupUpstream, before.backupUpstream),
    autoFailover: switched(input.autoFailover, before.autoFailover),
    middleware: input.middleware ?? before.middleware,
    tls: withTlsSettings(before.tls, input, handover),
  };
}

/** Returns the refusal of settings that have no effect together or contradict each other; null: they are fine. */
export function settingsProblem(before: Route, input: Settings, handover: Handover): Refusal | null {
  return checkProblem(before, input) ?? tlsFlagsProblem(withTlsSettings(before.tls, input, handover), input);
}

function checkProblem(before: Route, input: Settings): Refusal | null {
  const checks = input.healthCheckPath === undefined ? before.healthCheck !== null : input.healthCheckPath !== 'none';
  if (input.healthCheckInterval === undefined || checks) return null;
  const message = `--health-check-interval ${input.healthCheckInterval} has no effect without a health check path`;
  return invalid('interval-without-path', message, 'Add a path, such as --health-check-path /health.');
}

function orKept(given: string | undefined, kept: string | null): string | null {
  return given === 'none' ? null : (given ?? kept);
}

function switched(given: 'on' | 'off' | undefined, kept: boolean): boolean {
  return given === undefined ? kept : given === 'on';
}

function healthCheckOf(before: Route, input: Settings): Route['healthCheck'] {
  const path = orKept(input.healthCheckPath, before.healthCheck?.path ?? null);
  if (path === null) return null;
  return { path, interval: input.healthCheckInterval ?? before.healthCheck?.interval ?? '30s' };
}
