import { z } from 'zod';
import { policyName } from '../resources/auth-policy.js';
import { domainName } from '../values/domain-name.js';
import { durationText } from '../values/duration.js';
import { headerMap } from '../values/header.js';
import { healthPath } from '../values/health-path.js';
import { besides, defineForm, type Contradiction } from './form.js';
import { tlsOf, tlsSpec, tlsSpecOf } from './tls.js';
import { middlewareList } from '../middleware/list.js';
import { routeLabel } from '../resources/route.js';
import { upstreamRef } from '../resources/upstream.js';

const USUAL_INTERVAL = '30s';

const routeSpec = z.strictObject({
  domain: domainName.describe(
    'Host that is served, such as app.example.com or *.example.com. The identity of the route.',
  ),
  upstream: upstreamRef.describe('Where requests go: host:port, an address with scheme, or the name of an Upstream.'),
  headers: headerMap.default({}).describe('Headers that the upstream receives, literally.'),
  healthCheck: z
    .strictObject({
      path: healthPath.describe('Path that a healthy upstream answers, such as /health.'),
      interval: durationText.default(USUAL_INTERVAL).describe('Time between two checks, such as 15s.'),
    })
    .optional()
    .describe('Active health check. It goes before the one of an Upstream.'),
  authPolicy: policyName.optional().describe('Name of the AuthPolicy that says who may pass. Left out: everybody.'),
  requireMFA: z.boolean().default(false).describe('Sign-in with a second factor, whatever the policy asks for.'),
  backupUpstream: upstreamRef.optional().describe('Where requests go during a failover.'),
  autoFailover: z
    .boolean()
    .default(false)
    .describe('The backup takes over by itself while no server of the upstream is available.'),
  middleware: middlewareList.default([]).describe('What acts on requests, in order, such as rate-limit:100/minute.'),
  tls: tlsSpec.prefault({}).describe('How visitors are met on HTTPS.'),
});

/** Its identity is `spec.domain`; `metadata.name` is its label, and the domain where it has none. */
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
    upstream: route.upstream,
    ...besides<Partial<z.input<typeof routeSpec>>>(
      { headers: {}, requireMFA: false, autoFailover: false, middleware: [], tls: {} },
      {
        headers: route.headers,
        healthCheck: route.healthCheck ?? undefined,
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
    upstream: spec.upstream,
    headers: spec.headers,
    healthCheck: spec.healthCheck ?? null,
    authPolicy: spec.authPolicy ?? null,
    requireMFA: spec.requireMFA,
    backupUpstream: spec.backupUpstream ?? null,
    autoFailover: spec.autoFailover,
    middleware: spec.middleware,
    tls: tlsOf(spec.tls),
    source: null,
  }),
  contradiction: (name, spec) => labelProblem(name, spec.domain) ?? backupProblem(spec),
});

function isDomain(name: string, domain?: string): boolean {
  const parsed = domainName.safeParse(name);
  return parsed.success && (domain === undefined || parsed.data === domain);
}

function labelProblem(name: string, domain: string): Contradiction | null {
  if (routeLabel.safeParse(name).success || isDomain(name, domain)) return null;
  return { path: ['metadata', 'name'], message: `${name} is neither a name nor the domain that the route serves` };
}

function backupProblem({ upstream, backupUpstream, autoFailover }: z.output<typeof routeSpec>): Contradiction | null {
  if (backupUpstream === upstream) {
    return { path: ['spec', 'backupUpstream'], message: `${upstream} cannot be its own backup` };
  }
  if (!autoFailover || backupUpstream !== undefined) return null;
  return { path: ['spec', 'autoFailover'], message: 'nothing can take over by itself without backupUpstream' };
}
