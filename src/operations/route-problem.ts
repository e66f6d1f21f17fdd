import type { Refusal } from '../domain/refusal.js';
import type { Route } from '../domain/resources/route.js';
import type { State } from '../domain/log/state.js';
import type { Answers } from './questions.js';
import { accessProblem } from './route-access.js';
import { middlewareProblem } from './route-middleware.js';
import { secretProblem } from './route-secrets.js';
import { tlsProblem } from './route-tls.js';
import { upstreamProblem } from './route-upstream.js';

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
