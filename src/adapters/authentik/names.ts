/** Names of Hecate's objects in authentik. They contain the environment; Hecate changes no object without it. */
export interface Names {
  readonly prefix: string;
  /** Name of a host's provider and application. */
  host(host: string): string;
  slug(host: string): string;
  /** Names of a rule's two expression policies. Two, since an application without any binding admits everybody. */
  expressions(rule: string): readonly [policy: string, guard: string];
  readonly mfaFlow: string;
  /** Name of the policy that decides whether the stage of that flow runs. */
  readonly mfaPolicy: string;
  /** Identifier of the API token of an edition. */
  token(edition: string): string;
  /** Returns true for the identifier of an API token of this environment. */
  isToken(identifier: string): boolean;
  /** Host of a provider's name; null when it is not one of ours. */
  hostOf(name: string): string | null;
  /** Host of an application's slug; null when it is not one of ours. */
  hostOfSlug(slug: string): string | null;
  /** Rule of an expression's name; null when it is not one of ours. */
  ruleOf(name: string): string | null;
}

/** Creates the names of one environment: letters and digits, so that no prefix is the start of another's. */
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
    mfaPolicy: `${prefix}mfa-proven`,
    token: (edition) => `${prefix}token-${edition}`,
    isToken: (identifier) => identifier.startsWith(`${prefix}token-`),
    hostOf: (name) => (name.includes('.') ? after(prefix, name) : null),
    hostOfSlug: (slug) => (slug.includes('_') ? (after(prefix, slug)?.replaceAll('_', '.') ?? null) : null),
    ruleOf: (name) => after(`${prefix}policy-`, name) ?? after(`${prefix}guard-`, name),
  };
}
