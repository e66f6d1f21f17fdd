import { z } from 'zod';
import { policyName } from '../../resources/auth-policy.js';
import { domainName } from '../../values/network/domain-name.js';
import { headerMap } from '../../values/header.js';
import { withoutDefaults, defineForm, type Contradiction } from '../form.js';
import { healthCheckOf, healthCheckSpec, healthCheckSpecOf } from './health-check.js';
import { tlsOf, tlsSpec, tlsSpecOf } from './tls.js';
import { routeMiddleware } from '../../middleware/list.js';
import { routeLabel, upstreamNeed } from '../../resources/route.js';
import { upstreamRef } from '../../resources/upstream.js';

const routeSpec = z
  .strictObject({
    domain: domainName.describe(
      'Host that the route serves, such as app.example.com or *.example.com. It identifies the route.',
    ),
    upstream: upstreamRef
      .optional()
      .describe(
        'Upstream of the requests: host:port, an address with scheme, or the name of an Upstream. A route whose middleware answers every request, such as a redirect, needs none.',
      ),
    headers: headerMap
      .default({})
      .describe('Request headers that the proxy sets for the upstream. Values are literal.'),
    healthCheck: healthCheckSpec.optional().describe('Active health check. It replaces that of the Upstream.'),
    authPolicy: policyName
      .optional()
      .describe('Name of the AuthPolicy that restricts access. Without one, everybody has access.'),
    requireMFA: z
      .boolean()
      .default(false)
      .describe('Require sign-in with a second factor, whatever the policy requires.'),
    backupUpstream: upstreamRef.optional().describe('Upstream of the requests during a failover.'),
    autoFailover: z
      .boolean()
      .default(false)
      .describe('Fail over to the backup automatically while no server of the upstream is available.'),
    middleware: routeMiddleware
      .default([])
      .describe('Middleware in the order in which it runs, such as rate-limit:100/minute.'),
    tls: tlsSpec.prefault({}).describe('HTTPS settings.'),
  })
  // For editors; `contradiction` below checks it.
  .meta({ anyOf: [{ required: ['upstream'] }, { required: ['middleware'] }] });

/** Manifests of routes. `spec.domain` identifies the route; `metadata.name` is its label, or the domain when it has none. */
export const routeForm = defineForm({
  kind: 'Route',
  name: z
    .string()
    .refine(
      (text) => routeLabel.safeParse(text).success || isDomain(text),
      'a name is 1–253 of a–z, 0–9 and inner hyphens and dots',
    ),
  spec: routeSpec,
  nameOf: ({ label, domain }) => label ?? domain,
  specOf: (route) => ({
    domain: route.domain,
    ...(route.upstream === null ? {} : { upstream: route.upstream }),
    ...withoutDefaults<Partial<z.input<typeof routeSpec>>>(
      { headers: {}, requireMFA: false, autoFailover: false, middleware: [], tls: {} },
      {
        headers: route.headers,
        healthCheck: healthCheckSpecOf(route.healthCheck),
        authPolicy: route.authPolicy ?? undefined,
        requireMFA: route.requireMFA,
        backupUpstream: route.backupUpstream ?? undefined,
        autoFailover: route.autoFailover,
        middleware: route.middleware,
        tls: tlsSpecOf(route.tls),
      },
    ),
  }),
  valueOf: (name, spec) => ({
    domain: spec.domain,
    label: isDomain(name, spec.domain) ? null : name,
    upstream: spec.upstream ?? null,
    headers: spec.headers,
    healthCheck: healthCheckOf(spec.healthCheck),
    authPolicy: spec.authPolicy ?? null,
    requireMFA: spec.requireMFA,
    backupUpstream: spec.backupUpstream ?? null,
    autoFailover: spec.autoFailover,
    middleware: spec.middleware,
    tls: tlsOf(spec.tls),
    source: null,
  }),
  contradiction: (name, spec) => labelProblem(name, spec.domain) ?? needProblem(spec) ?? backupProblem(spec),
});

function isDomain(name: string, domain?: string): boolean {
  const parsed = domainName.safeParse(name);
  return parsed.success && (domain === undefined || parsed.data === domain);
}

function labelProblem(name: string, domain: string): Contradiction | null {
  if (routeLabel.safeParse(name).success || isDomain(name, domain)) return null;
  return {
    path: ['metadata', 'name'],
    message: `${name} is neither the route’s domain ${domain} nor a valid name (a–z, 0–9, inner hyphens and dots)`,
  };
}

function needProblem(spec: z.output<typeof routeSpec>): Contradiction | null {
  const need = upstreamNeed(spec);
  return need === null ? null : { isMissing: true, path: ['spec'], message: `spec.upstream is missing: ${need}` };
}

function backupProblem({ upstream, backupUpstream, autoFailover }: z.output<typeof routeSpec>): Contradiction | null {
  if (backupUpstream !== undefined && backupUpstream === upstream) {
    return { path: ['spec', 'backupUpstream'], message: `${upstream} cannot be its own backup` };
  }
  if (!autoFailover || backupUpstream !== undefined) return null;
  return {
    path: ['spec', 'autoFailover'],
    message: 'automatic failover needs a backup upstream; set spec.backupUpstream, or remove spec.autoFailover',
  };
}
