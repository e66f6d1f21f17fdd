import { changeOf, type Change } from '../../domain/log/commit.js';
import { isSecretHeader } from '../../domain/values/redaction.js';
import type { Route } from '../../domain/resources/route.js';
import type { Claim } from '../../domain/secrets/claim.js';
import type { State } from '../../domain/log/state.js';
import { upstreamAnswers, spokenUpstream } from '../rules/upstream.js';
import type { Answers, Question } from '../questions.js';
import type { Decision } from '../operation.js';
import { conflict, refuse } from '../refusals.js';

/** The decision to replace one route; nothing to change when both are equal. */
export function routeDecision(
  before: Route | null,
  after: Route | null,
  more: {
    readonly upstreams: readonly string[];
    readonly warnings: readonly string[];
    /** What changes with the route in the same commit. */
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

/** Asks for the use of a route that is about to go; nothing when that does not matter. */
export function usageQuestions({ domain, force }: { readonly domain: string; readonly force: boolean }): Question[] {
  return force ? [] : [{ kind: 'recent-requests', host: domain, seconds: USAGE_WINDOW_SECONDS }];
}

/** Refuses to take a route away that had requests in the last five minutes, or whose use cannot be told; null: it may go. */
export function refuseInUse(
  input: { readonly domain: string; readonly force: boolean },
  answers: Answers,
  verb: 'delete' | 'move',
): Decision | null {
  const requests = input.force ? 0 : answers.recentRequests(input.domain);
  if (requests === 0) return null;
  const message =
    requests === null
      ? `cannot tell whether ${input.domain} is in use: the access log cannot be read`
      : `${input.domain} had ${requests} request${requests === 1 ? '' : 's'} in the last 5 minutes`;
  return refuse(conflict('route-in-use', message, `Add --force to ${verb} it anyway.`));
}

/** What a person should know although it is no reason to refuse. */
export function routeWarnings(state: State, route: Route, answers: Answers): string[] {
  const dead = upstreamAnswers(state, route.upstream, answers) === false;
  const set = route.middleware.flatMap((text) => /^header:request:([^=]+)=/.exec(text)?.[1] ?? []);
  const secret = [...Object.keys(route.headers), ...set].filter(isSecretHeader);
  return [
    ...(dead ? [`${spokenUpstream(route.upstream)} does not answer now; requests get 502 until it does`] : []),
    ...secret.map((name) => `header ${name} looks like a secret: its value stands readable in the log`),
  ];
}
