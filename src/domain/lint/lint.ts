// Lint: best practices, one file for each kind of resource. Imports manifests, identity, resources, middleware and values.
import { policyRules } from './auth-policies.js';
import { routeRules } from './routes.js';
import type { Finding, LintRule, World } from './rule.js';
import { scheduleRules } from './schedules.js';
import { secretRules } from './secrets.js';
import { transportRules } from './transport.js';
import { upstreamRules } from './upstreams.js';
import type { ManifestResource } from '../manifests/manifest.js';
import type { ManifestValues } from '../manifests/form.js';
import type { ManifestKind } from '../resources/kinds.js';

/** Every rule, by code. */
export const lintRules: readonly LintRule[] = [
  ...routeRules,
  ...transportRules,
  ...policyRules,
  ...upstreamRules,
  ...secretRules,
  ...scheduleRules,
].sort((a, b) => (a.code < b.code ? -1 : 1));

/** A finding with its rule and resource. */
export interface LintFinding<R extends ManifestResource> extends Finding {
  readonly rule: LintRule;
  readonly resource: R;
}

/**
 * Checks resources with all rules. `others` are further existing resources, such as those in the log, which rules may use but
 * do not check. `isWhole`: true when the source was read without problems.
 */
export function lint<R extends ManifestResource>(
  resources: readonly R[],
  { others = [], isWhole = true }: { readonly others?: readonly ManifestResource[]; readonly isWhole?: boolean } = {},
): LintFinding<R>[] {
  const world = { ...worldOf([...others, ...resources]), isWhole };
  return resources.flatMap((resource) =>
    lintRules
      .filter(({ kind }) => kind === resource.kind)
      .flatMap((rule) => rule.check(resource.value as never, world).map((found) => ({ ...found, rule, resource }))),
  );
}

/** A later resource replaces an earlier one of the same name. */
function worldOf(resources: readonly ManifestResource[]): Omit<World, 'isWhole'> {
  const routes = byName(resources, 'Route');
  const upstreams = byName(resources, 'Upstream');
  return { routes: [...routes.values()], upstream: (name) => upstreams.get(name) };
}

function byName<K extends ManifestKind>(
  resources: readonly ManifestResource[],
  kind: K,
): Map<string, ManifestValues[K]> {
  const named = resources.filter((one) => one.kind === kind);
  return new Map(named.map(({ name, value }) => [name, value as ManifestValues[K]]));
}
