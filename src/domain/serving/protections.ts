import { bringsCertificate } from '../resources/tls.js';
import { accessOf, type Access } from '../identity/access.js';
import { middlewareLosses } from '../middleware/losses.js';
import type { AuthPolicy } from '../resources/auth-policy.js';
import { hostsOf, type Route } from '../resources/route.js';
import type { Tls } from '../resources/tls.js';
import type { State } from '../log/state.js';
import type { Loss } from '../values/loss.js';
import { isPrivateName } from '../values/network/network-name.js';

/** Returns what one field of a thing takes away from its protection; null: the field protects nothing. */
type Comparisons<T, Whole = T> = {
  readonly [Field in keyof T]: ((before: Whole, after: Whole) => readonly Loss[]) | null;
};

/** A route with the access rule that it has in its state. */
interface Guarded {
  readonly route: Route;
  /** Null: the route does not require sign-in. */
  readonly access: Access | null;
}

/** Every field of a route, so that a new one must say what it protects. */
const routeFields: Comparisons<Route, Guarded> = {
  domain: null,
  label: null,
  upstream: null,
  headers: null,
  healthCheck: null,
  authPolicy: (before, after) => accessLosses(before.access, after.access),
  // A part of the access rule.
  requireMFA: null,
  backupUpstream: null,
  autoFailover: null,
  middleware: (before, after) => middlewareLosses(before.route.middleware, after.route.middleware),
  tls: (before, after) => lossesIn(tlsFields, before.route, after.route),
  source: null,
};

/** Every field of a policy. */
const policyFields: Comparisons<AuthPolicy, Access> = {
  name: null,
  provider: null,
  flow: null,
  groups: (before, after) => groupLosses(before.policy?.groups ?? [], after.policy?.groups ?? []),
  createGroups: null,
  requireMFA: (before, after) =>
    before.requireMFA && !after.requireMFA
      ? [{ kind: 'access', text: 'sign-in no longer requires a second factor' }]
      : [],
  metadata: (before, after) => metadataLosses(before.policy?.metadata ?? {}, after.policy?.metadata ?? {}),
  source: null,
};

/** Every TLS setting of a route. */
const tlsFields: Comparisons<Tls, Route> = {
  minVersion: (before, after) =>
    before.tls.minVersion > after.tls.minVersion
      ? [{ kind: 'looser', text: `clients with TLS ${after.tls.minVersion} are accepted again` }]
      : [],
  ciphers: null,
  certificate: ({ tls: before }, { tls: after }) =>
    before.certificate === null || bringsCertificate(after)
      ? []
      : [
          {
            kind: 'protection',
            text: `its own certificate is taken away (valid until ${before.certificate.notAfter}); ${issuing(after)}`,
          },
        ],
  secret: ({ tls: before }, { tls: after }) =>
    before.secret === undefined || bringsCertificate(after)
      ? []
      : [
          {
            kind: 'protection',
            text: `the certificate of the secret ${before.secret} is taken away; ${issuing(after)}`,
          },
        ],
  autoHTTPS: (before, after) => {
    const isPublic = (route: Route) => route.tls.autoHTTPS && !hostsOf(route).every(isPrivateName);
    if (!isPublic(before) || isPublic(after) || bringsCertificate(before.tls) || bringsCertificate(after.tls))
      return [];
    return [{ kind: 'protection', text: `its certificate of a public authority is taken away; ${issuing(after.tls)}` }];
  },
  forceHTTPS: (before, after) =>
    before.tls.forceHTTPS && !after.tls.forceHTTPS
      ? [{ kind: 'protection', text: 'the redirect from plain HTTP to HTTPS is taken away' }]
      : [],
};

/** Returns what a site loses of its protection when `after` serves it instead of `before`, each in the state of its time. */
export function protectionLosses(
  before: { readonly state: State; readonly route: Route },
  after: { readonly state: State; readonly route: Route },
): Loss[] {
  const guarded = ({ state, route }: typeof before): Guarded => ({ route, access: accessOf(state, route) });
  return lossesIn(routeFields, guarded(before), guarded(after));
}

function lossesIn<T, Whole>(fields: Comparisons<T, Whole>, before: Whole, after: Whole): Loss[] {
  const comparisons = Object.values<Comparisons<T, Whole>[keyof T]>(fields);
  return comparisons.flatMap((compare) => compare?.(before, after) ?? []);
}

function accessLosses(before: Access | null, after: Access | null): readonly Loss[] {
  if (before === null) return [];
  if (after !== null) return lossesIn(policyFields, before, after);
  const rule = before.policy === null ? '' : ` (policy ${before.policy.name})`;
  return [{ kind: 'access', text: `sign-in${rule} is taken away, so everybody gets in` }];
}

function groupLosses(before: readonly string[], after: readonly string[]): Loss[] {
  if (before.length === 0) return [];
  const groups = before.length === 1 ? `group ${before[0]}` : `one of the groups ${before.join(', ')}`;
  if (after.length === 0)
    return [{ kind: 'access', text: `sign-in no longer requires ${groups}, so every user gets in` }];
  const more = after.filter((group) => !before.includes(group));
  return more.length === 0 ? [] : [{ kind: 'looser', text: `users of ${more.join(', ')} get in` }];
}

function metadataLosses(before: AuthPolicy['metadata'], after: AuthPolicy['metadata']): Loss[] {
  return Object.entries(before).flatMap(([name, value]): Loss[] => {
    const left = Object.hasOwn(after, name) ? after[name] : undefined;
    if (left === undefined)
      return [{ kind: 'access', text: `sign-in no longer requires the attribute ${name}=${value}` }];
    if (left === value || left !== ANY_VALUE) return [];
    return [{ kind: 'access', text: `sign-in accepts any value of the attribute ${name}, not only ${value}` }];
  });
}

/** The value of a required attribute that accepts any value. */
const ANY_VALUE = 'required';

function issuing({ autoHTTPS }: Tls): string {
  return autoHTTPS
    ? 'HTTPS fails until a public authority has issued another one'
    : 'the proxy’s internal authority issues one, which browsers do not trust';
}
