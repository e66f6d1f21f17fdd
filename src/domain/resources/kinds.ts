import type { AuthPolicy } from './auth-policy.js';
import type { Bypass } from './bypass.js';
import type { Canary } from './canary.js';
import type { Failover } from './failover.js';
import type { Route } from './route.js';
import type { Secret } from './secret.js';
import type { Source } from './source.js';
import type { Upstream } from './upstream.js';

/** Everything the log can hold, by kind. A new kind of resource adds one line here, and its name below. */
export interface ResourceKinds {
  readonly Route: Route;
  readonly AuthPolicy: AuthPolicy;
  readonly Upstream: Upstream;
  readonly Bypass: Bypass;
  readonly Canary: Canary;
  readonly Failover: Failover;
  readonly Source: Source;
  readonly Secret: Secret;
}

export type ResourceKind = keyof ResourceKinds;

/** Every kind by its name. */
export const resourceKinds = Object.keys({
  Route: true,
  AuthPolicy: true,
  Upstream: true,
  Bypass: true,
  Canary: true,
  Failover: true,
  Source: true,
  Secret: true,
} satisfies Record<ResourceKind, true>) as ResourceKind[];

export type Resource = ResourceKinds[ResourceKind];

/** Identity of a resource inside the log: `Route/app.example.com`. */
export type ResourceKey = `${ResourceKind}/${string}`;

export function resourceKey(kind: ResourceKind, name: string): ResourceKey {
  return `${kind}/${name}`;
}
