/** Names in authentik of what Hecate made: they carry the environment, and only what carries it is ever changed. */
export interface Names {
  readonly prefix: string;
  /** Provider and application of a host. */
  host(host: string): string;
  slug(host: string): string;
  /** Both expression policies of a rule: an application without bindings lets everybody in, so it has two. */
  expressions(rule: string): readonly [policy: string, guard: string];
  readonly mfaFlow: string;
  /** Host of a provider's name; null when it is not one of ours. */
  hostOf(name: string): string | null;
  /** Host of an application's slug; null when it is not one of ours. */
  hostOfSlug(slug: string): string | null;
  /** Rule of an expression's name; null when it is not one of ours. */
  ruleOf(name: string): string | null;
}

/** `environment` is letters and digits only, so that no environment's prefix begins with another's. */
export function createNames(environment: string): Names {
  const prefix = `hecate-${environment}-`;
  const after = (start: string, name: string) => (name.startsWith(start) ? name.slice(start.length) : null);
  return {
    prefix,
    host: (host) => prefix + host,
    // Domains have no underscore, so no two hosts get one slug.
    slug: (host) => prefix + host.replaceAll('.', '_'),
    expressions: (rule) => [`${prefix}policy-${rule}`, `${prefix}guard-${rule}`],
    mfaFlow: `${prefix}mfa`,
    hostOf: (name) => (name.includes('.') ? after(prefix, name) : null),
    hostOfSlug: (slug) => (slug.includes('_') ? (after(prefix, slug)?.replaceAll('_', '.') ?? null) : null),
    ruleOf: (name) => after(`${prefix}policy-`, name) ?? after(`${prefix}guard-`, name),
  };
}
