import { changeOf, type Change } from '../../domain/log/commit.js';
import { isSecretHeader } from '../../domain/values/redaction.js';
import { hostsOf, type Route } from '../../domain/resources/route.js';
import type { Claim } from '../../domain/secrets/claim.js';
import type { State } from '../../domain/log/state.js';
import { upstreamAnswers, spokenUpstream } from '../rules/upstream.js';
import type { Answers, Question, Decision } from '../operation.js';
import { conflict, refuse } from '../refusals.js';

/** Returns the decision to replace one route; without changes when both are equal. */
export function routeDecision(
  before: Route | null,
  after: Route | null,
  more: {
    readonly upstreams: readonly string[];
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
    expect: { hosts: same ? [] : [domain], upstreams: more.upstreams },
    warnings: same ? [] : more.warnings,
    claims: more.claims ?? [],
  };
}

const USAGE_WINDOW_SECONDS = 300;

/** Returns the questions about recent requests to the hosts of a route to delete or move; none with `--force`, or without the route. */
export function usageQuestions(route: Route | undefined, { force }: { readonly force: boolean }): Question[] {
  if (force || !route) return [];
  return hostsOf(route).map((host) => ({ kind: 'recent-requests', host, seconds: USAGE_WINDOW_SECONDS }));
}

/** Refuses to delete or move a route that had requests in the last five minutes, or whose access log cannot be read; null: it is not in use. `command` is the command line without `hecate`, for the hint. */
export function refuseInUse(
  route: Route,
  input: { readonly force: boolean },
  answers: Answers,
  command: string,
): Decision | null {
  const counts = input.force ? [0] : hostsOf(route).map((host) => answers.recentRequests(host));
  const known = counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  const requests = known === 0 && counts.includes(null) ? null : known;
  if (requests === 0) return null;
  const message =
    requests === null
      ? `the access log cannot be read, so ${route.domain} may be in use`
      : `${route.domain} had ${requests} request${requests === 1 ? '' : 's'} in the last 5 minutes`;
  return refuse(conflict('route-in-use', message, `Continue anyway with: hecate ${command} --force`));
}

/** Returns warnings about a route, one sentence each. */
export function routeWarnings(state: State, route: Route, answers: Answers): string[] {
  const dead = upstreamAnswers(state, route.upstream, answers) === false;
  const set = route.middleware.flatMap((text) => /^header:request:([^=]+)=/.exec(text)?.[1] ?? []);
  const secret = [...Object.keys(route.headers), ...set].filter(isSecretHeader);
  return [
    ...(dead ? [`${spokenUpstream(route.upstream)} does not answer now; requests get 502 until it does`] : []),
    ...secret.map((name) => `header ${name} looks like a secret; the log stores its value in plain text`),
  ];
}
