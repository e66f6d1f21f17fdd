import { z } from 'zod';
import { policyName } from '../../domain/resources/auth-policy.js';
import { secondsText } from '../../domain/values/duration.js';
import { headerMap } from '../../domain/values/header.js';
import { healthPath } from '../../domain/values/health-path.js';
import { middlewareList, middlewareNames } from '../../domain/middleware/list.js';
import type { Refusal } from '../../domain/refusal.js';
import type { Route } from '../../domain/resources/route.js';
import { upstreamRef } from '../../domain/resources/upstream.js';
import type { Handover } from '../questions.js';
import { tlsSettings, withTlsSettings, tlsFlagsProblem } from './tls-settings.js';
import { invalid } from '../refusals.js';

const onOff = z.enum(['on', 'off']).optional();
const orNone = <T extends z.ZodType>(schema: T) => z.union([z.literal('none'), schema]).optional();

/** What can be said about a route beside its domain and upstream, when it is made and later; what is not named stays. */
export const routeSettings = {
  headers: headerMap
    .optional()
    .describe('Header that the upstream receives; repeatable; replaces all of the route’s headers; none: no header')
    .meta({ placeholder: 'name=value', repeatable: true }),
  healthCheckPath: orNone(healthPath)
    .describe('Path that a healthy upstream answers; none: no check')
    .meta({ placeholder: 'path' }),
  healthCheckInterval: secondsText
    .optional()
    .describe('Time between two health checks (30s unless said)')
    .meta({ placeholder: 'duration' }),
  authPolicy: orNone(policyName)
    .describe('Policy that says who may pass; none: everybody')
    .meta({ placeholder: 'policy', names: 'AuthPolicy' }),
  requireMFA: onOff
    .describe('Sign-in with a second factor; alone: every user may pass; off: only what the policy asks for')
    .meta({ placeholder: 'on|off', bare: 'on' }),
  backupUpstream: orNone(upstreamRef)
    .describe('Where requests go during a failover: host:port or an upstream’s name; none: there is none')
    .meta({ placeholder: 'upstream', names: 'Upstream' }),
  autoFailover: onOff
    .describe('The backup takes over by itself while no server of the upstream is available')
    .meta({ placeholder: 'on|off', bare: 'on' }),
  middleware: middlewareList
    .optional()
    .describe(
      `What acts on requests, such as rate-limit:100/minute; one of ${middlewareNames.join(', ')}; repeatable, in order; replaces all; none: nothing`,
    )
    .meta({ placeholder: 'middleware', items: true, suggests: middlewareNames }),
  ...tlsSettings,
};

type Settings = { readonly [K in keyof typeof routeSettings]?: z.infer<(typeof routeSettings)[K]> | undefined };

/** The route with what is named changed. */
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

/** Why these flags say nothing together; null: they do. */
export function settingsProblem(before: Route, input: Settings, handover: Handover): Refusal | null {
  return checkProblem(before, input) ?? tlsFlagsProblem(withTlsSettings(before.tls, input, handover), input);
}

function checkProblem(before: Route, input: Settings): Refusal | null {
  const checks = input.healthCheckPath === undefined ? before.healthCheck !== null : input.healthCheckPath !== 'none';
  if (input.healthCheckInterval === undefined || checks) return null;
  const message = `--health-check-interval ${input.healthCheckInterval} has no effect without a path`;
  return invalid('interval-without-path', message, 'Add --health-check-path.');
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
