import { changeOf, type Change } from '../../domain/log/commit.js';
import { isSecretHeader } from '../../domain/values/redaction.js';
import type { Route } from '../../domain/resources/route.js';
import type { Claim } from '../../domain/secrets/claim.js';
import type { Decision } from '../operation.js';

/** Returns the decision to replace one route; without changes when both are equal. */
export function routeDecision(
  before: Route | null,
  after: Route | null,
  more: {
    readonly warnings: readonly string[];
    /** Further changes in the same commit. */
    readonly along?: readonly Change[];
    readonly claims?: readonly Claim[];
  },
): Decision {
  const domain = (after ?? before)?.domain ?? '';
  const same = JSON.stringify(before) === JSON.stringify(after);
  const changes: Change[] = same ? [] : [changeOf('Route', domain, before, after), ...(more.along ?? [])];
  return {
    kind: 'change',
    changes,
    expect: { hosts: same ? [] : [domain] },
    warnings: same ? [] : more.warnings,
    claims: more.claims ?? [],
  };
}

/** Returns warnings about a route, one sentence each. */
export function routeWarnings(route: Route): string[] {
  const set = route.middleware.flatMap((text) => /^header:request:([^=]+)=/.exec(text)?.[1] ?? []);
  const secret = [...Object.keys(route.headers), ...set].filter(isSecretHeader);
  return secret.map((name) => `header ${name} looks like a secret; the log stores its value in plain text`);
}
