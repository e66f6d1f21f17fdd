import type { Refusal } from '../../domain/refusal.js';
import type { Route } from '../../domain/resources/route.js';
import type { State } from '../../domain/log/state.js';
import type { Answers } from '../questions.js';
import { accessProblem } from './sign-in.js';
import { middlewareProblem } from '../route-middleware.js';
import { secretProblem } from '../route-secrets.js';
import { tlsProblem } from './tls.js';
import { upstreamProblem } from './upstream.js';
import { missing } from '../refusals.js';
import type { Decision } from '../operation.js';

/** Why a route cannot be as it is asked for; null: it can. */
export function routeProblem(state: State, route: Route, answers: Answers): Refusal | null {
  return (
    accessProblem(state, route, answers) ??
    upstreamProblem(state, route) ??
    tlsProblem(route, answers) ??
    middlewareProblem(route, answers) ??
    secretProblem(state, route)
  );
}

/** Refuses to touch what is not there, with the nearest domain that is. */
export function missingRoute(state: State, domain: string): Decision {
  return { kind: 'refuse', refusal: routeMissing(state, domain) };
}

/** What is said of a route that is not there. */
export function routeMissing(state: State, domain: string): Refusal {
  return missing(state, {
    kind: 'Route',
    name: domain,
    code: 'route-missing',
    what: `route for ${domain}`,
    list: 'routes',
  });
}
