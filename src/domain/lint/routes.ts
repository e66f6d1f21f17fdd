import { requiresSignIn, servesSignIn } from '../identity/access.js';
import { isSecretHeader } from '../values/redaction.js';
import { complainIf, type Complaint, type LintRule } from './rule.js';
import type { FieldPath } from '../manifests/form.js';
import { hostsOf } from '../resources/route.js';
import { isWildcard } from '../values/domain-name.js';
import { basicAuthOf } from '../middleware/basic-auth.js';
import { isPublicHost } from '../values/network-name.js';
import { isUpstreamName } from '../resources/upstream.js';

/** Behind sign-in, what serves sign-in would lock everybody out. */
const signInHost: LintRule<'Route'> = {
  code: 'HEC101',
  severity: 'error',
  title: 'a host that serves sign-in stands behind sign-in',
  kind: 'Route',
  check: (route) =>
    complainIf(
      requiresSignIn(route) && hostsOf(route).some(servesSignIn),
      ['spec', route.authPolicy === null ? 'requireMFA' : 'authPolicy'],
      `${route.domain} serves sign-in itself: behind sign-in it would lock everybody out`,
    ),
};

/** authentik's forward auth knows whole host names only. */
const wildcardSignIn: LintRule<'Route'> = {
  code: 'HEC102',
  severity: 'error',
  title: 'a wildcard stands behind sign-in',
  kind: 'Route',
  check: (route) =>
    complainIf(
      requiresSignIn(route) && hostsOf(route).some(isWildcard),
      ['spec', 'domain'],
      `${route.domain} is a wildcard, and sign-in knows whole host names only`,
    ),
};

/** Best practice 1: always use health checks. */
const noHealthCheck: LintRule<'Route'> = {
  code: 'HEC201',
  severity: 'warning',
  title: 'a route without a health check, of its own or of its upstream',
  kind: 'Route',
  check: ({ domain, healthCheck, upstream }, world) =>
    complainIf(
      healthCheck === null && !(isUpstreamName(upstream) && world.upstream(upstream)?.healthCheck),
      ['spec', 'healthCheck'],
      `${domain} has no health check`,
    ),
};

/** Best practice 2: authentication policies for public services. */
const openToAll: LintRule<'Route'> = {
  code: 'HEC202',
  severity: 'warning',
  title: 'a public route without an auth policy or basic-auth',
  kind: 'Route',
  check: (route) =>
    complainIf(
      !requiresSignIn(route) &&
        basicAuthOf(route).length === 0 &&
        hostsOf(route).some((host) => isPublicHost(host) && !servesSignIn(host)),
      ['spec', 'authPolicy'],
      `everybody may visit ${route.domain}`,
    ),
};

/** Manifests are read by many, and header values stand readable in the log. */
const secretHeader: LintRule<'Route'> = {
  code: 'HEC206',
  severity: 'warning',
  title: 'a header that looks like a secret',
  kind: 'Route',
  check: ({ headers, middleware }) => [
    ...Object.keys(headers).flatMap((name) => exposed(name, ['spec', 'headers', name])),
    ...middleware.flatMap((text, index) =>
      exposed(/^header:request:([^=]+)=/.exec(text)?.[1] ?? '', ['spec', 'middleware', index]),
    ),
  ],
};

function exposed(name: string, field: FieldPath): Complaint[] {
  return complainIf(isSecretHeader(name), field, `header ${name} looks like a secret, readable for everybody here`);
}

/** Best practice 9: a service that people rely on has somewhere to go. */
const nothingToFallBackOn: LintRule<'Route'> = {
  code: 'HEC303',
  severity: 'info',
  title: 'a route to a single server without a backup',
  kind: 'Route',
  check: ({ domain, upstream, backupUpstream }) =>
    complainIf(
      backupUpstream === null && !isUpstreamName(upstream),
      ['spec', 'upstream'],
      `${domain} has one server and no backup`,
    ),
};

/** What routes are held against, besides how they are transported. */
export const routeRules: readonly LintRule<'Route'>[] = [
  signInHost,
  wildcardSignIn,
  noHealthCheck,
  openToAll,
  secretHeader,
  nothingToFallBackOn,
];
