import { requiresSignIn, servesSignIn } from '../identity/access.js';
import { isSecretHeader } from '../values/redaction.js';
import { findingIf, type Finding, type LintRule } from './rule.js';
import type { FieldPath } from '../manifests/form.js';
import { hostsOf } from '../resources/route.js';
import { isWildcard } from '../values/network/domain-name.js';
import { basicAuthOf } from '../middleware/kinds/basic-auth.js';
import { isPublicHost } from '../values/network/network-name.js';
import { isUpstreamName } from '../resources/upstream.js';

/** Sign-in on the host that serves the sign-in page would lock everybody out. */
const signInHost: LintRule<'Route'> = {
  code: 'HEC101',
  severity: 'error',
  title: 'a host that serves the sign-in page requires sign-in',
  kind: 'Route',
  check: (route) =>
    findingIf(
      requiresSignIn(route) && hostsOf(route).some(servesSignIn),
      ['spec', route.authPolicy === null ? 'requireMFA' : 'authPolicy'],
      `${route.domain} serves sign-in itself: behind sign-in it would lock everybody out`,
    ),
};

/** authentik's forward auth supports exact host names only. */
const wildcardSignIn: LintRule<'Route'> = {
  code: 'HEC102',
  severity: 'error',
  title: 'a wildcard requires sign-in',
  kind: 'Route',
  check: (route) =>
    findingIf(
      requiresSignIn(route) && hostsOf(route).some(isWildcard),
      ['spec', 'domain'],
      `${route.domain} is a wildcard, and sign-in supports exact host names only`,
    ),
};

/** Best practice 1: always use health checks. */
const noHealthCheck: LintRule<'Route'> = {
  code: 'HEC201',
  severity: 'warning',
  title: 'a route without a health check, of its own or of its upstream',
  kind: 'Route',
  check: ({ domain, healthCheck, upstream }, world) =>
    findingIf(
      upstream !== null && healthCheck === null && !(isUpstreamName(upstream) && world.upstream(upstream)?.healthCheck),
      ['spec', 'healthCheck'],
      `${domain} has no health check`,
    ),
};

/** Best practice 2: use authentication policies for public services. */
const openToAll: LintRule<'Route'> = {
  code: 'HEC202',
  severity: 'warning',
  title: 'a public route without an auth policy or basic-auth',
  kind: 'Route',
  check: (route) =>
    findingIf(
      route.upstream !== null &&
        !requiresSignIn(route) &&
        basicAuthOf(route).length === 0 &&
        hostsOf(route).some((host) => isPublicHost(host) && !servesSignIn(host)),
      ['spec', 'authPolicy'],
      `${route.domain} is open to everybody`,
    ),
};

/** Many people read manifests, and the log shows header values. */
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

function exposed(name: string, field: FieldPath): Finding[] {
  return findingIf(
    isSecretHeader(name),
    field,
    `header ${name} looks like a secret; everybody who reads manifests or the log can see it`,
  );
}

/** Best practice 9: provide a backup for services that people rely on. */
const nothingToFallBackOn: LintRule<'Route'> = {
  code: 'HEC303',
  severity: 'info',
  title: 'a route to a single server without a backup',
  kind: 'Route',
  check: ({ domain, upstream, backupUpstream }) =>
    findingIf(
      upstream !== null && backupUpstream === null && !isUpstreamName(upstream),
      ['spec', 'upstream'],
      `${domain} has a single server and no backup`,
    ),
};

/** Rules for routes, except those about transport. */
export const routeRules: readonly LintRule<'Route'>[] = [
  signInHost,
  wildcardSignIn,
  noHealthCheck,
  openToAll,
  secretHeader,
  nothingToFallBackOn,
];
