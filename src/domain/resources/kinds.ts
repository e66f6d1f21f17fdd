// The kinds of resources that the log can hold, one file each. May import middleware, values and data.

import { alertSinkDefinition } from './alert-sink.js';
import { alertRuleDefinition } from './alert-rule.js';
import { authPolicyDefinition } from './auth-policy.js';
import { bypassDefinition } from './bypass.js';
import { canaryDefinition } from './canary.js';
import type { Reference, ResourceDefinition, ResourceRole } from './definition.js';
import { failoverDefinition } from './failover.js';
import { operatorDefinition } from './operator.js';
import { probationDefinition } from './probation.js';
import { routeDefinition } from './route.js';
import { scheduleDefinition } from './schedule.js';
import { secretDefinition } from './secret.js';
import { silenceDefinition } from './silence.js';
import { sourceDefinition } from './source.js';
import { upstreamDefinition } from './upstream.js';

/** Every kind of resource. A new kind is a file with its definition and a line here; the rest does not compile without it. */
const definitions = {
  Route: routeDefinition,
  AuthPolicy: authPolicyDefinition,
  Upstream: upstreamDefinition,
  Schedule: scheduleDefinition,
  AlertSink: alertSinkDefinition,
  AlertRule: alertRuleDefinition,
  Silence: silenceDefinition,
  Bypass: bypassDefinition,
  Canary: canaryDefinition,
  Failover: failoverDefinition,
  Source: sourceDefinition,
  Probation: probationDefinition,
  Secret: secretDefinition,
  Operator: operatorDefinition,
};

type Definitions = typeof definitions;

/** Name of a kind of resource. */
export type ResourceKind = keyof Definitions;

/** The value of a resource, by kind. */
export type ResourceKinds = { readonly [K in ResourceKind]: ValueOf<Definitions[K]> };

type ValueOf<D> = D extends ResourceDefinition<infer Value, ResourceRole, string, string> ? Value : never;

/** Kinds that play one of these roles. */
export type KindWithRole<Role extends ResourceRole> = {
  [K in ResourceKind]: Definitions[K]['role'] extends Role ? K : never;
}[ResourceKind];

/** Kinds that manifests describe or assert. */
export type ManifestKind = KindWithRole<'base' | 'asserted'>;

/** Plurals of the kinds that manifests describe or assert. */
export type ManifestPlural = Definitions[ManifestKind]['plural'];

/** The value of a resource of any kind. */
export type Resource = ResourceKinds[ResourceKind];

/** The definition of a kind. A kind that refers to an unknown kind does not compile. */
type Definition<K extends ResourceKind> = ResourceDefinition<ResourceKinds[K], ResourceRole, string, ResourceKind>;

const table: { readonly [K in ResourceKind]: Definition<K> } = definitions;

/** Returns the definition of a kind. */
export function definitionOf<K extends ResourceKind>(kind: K): Definition<K> {
  return table[kind];
}

/** Every kind; a kind stands after those that it may refer to, so this is the order of creation. */
export const resourceKinds: readonly ResourceKind[] = inOrderOfCreation(Object.keys(table) as ResourceKind[]);

function inOrderOfCreation(kinds: readonly ResourceKind[]): ResourceKind[] {
  const ordered = new Set<ResourceKind>();
  const add = (kind: ResourceKind): void => {
    if (ordered.has(kind)) return;
    table[kind].refersTo.forEach(add);
    ordered.add(kind);
  };
  kinds.forEach(add);
  return [...ordered];
}

/** Returns the kinds that play one of these roles, in order of creation. */
export function kindsWithRole<Role extends ResourceRole>(...roles: readonly Role[]): KindWithRole<Role>[] {
  return resourceKinds.filter((kind): kind is KindWithRole<Role> => hasRole(kind, ...roles));
}

/** Returns true for a kind that plays one of these roles. */
export function hasRole<Role extends ResourceRole>(
  kind: ResourceKind,
  ...roles: readonly Role[]
): kind is KindWithRole<Role> {
  return (roles as readonly ResourceRole[]).includes(table[kind].role);
}

/** Returns the resources that a resource names, in the order of its fields. */
export function referencesFrom<K extends ResourceKind>(
  kind: K,
  value: ResourceKinds[K],
): readonly Reference<ResourceKind>[] {
  return definitionOf(kind).references(value);
}

/** Names a resource in a sentence: `route for app.example.com`, `auth policy admins`. */
export function resourceWords(kind: ResourceKind, name: string): string {
  const { noun, identity } = table[kind];
  return identity === 'domain' ? `${noun} for ${name}` : `${noun} ${name}`;
}

/** Identity of a resource inside the log: `Route/app.example.com`. */
export type ResourceKey = `${ResourceKind}/${string}`;

/** Returns the identity of a resource inside the log. */
export function resourceKey(kind: ResourceKind, name: string): ResourceKey {
  return `${kind}/${name}`;
}
