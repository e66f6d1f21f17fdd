import { basicAuthOf } from '../domain/middleware-secrets.js';
import type { Refusal } from '../domain/refusal.js';
import type { Route } from '../domain/resources/route.js';
import { all, find, type State } from '../domain/log/state.js';
import { missing } from './refusals.js';

/** Why a route cannot use the secrets that its middleware names; null: it can. */
export function secretProblem(state: State, route: Route): Refusal | null {
  const unknown = basicAuthOf(route).find((name) => !find(state, 'Secret', name));
  return unknown === undefined ? null : missingSecret(state, unknown);
}

/** Which routes know their visitors by a secret. */
export function routesWithSecret(state: State, name: string): string[] {
  return all(state, 'Route')
    .filter(({ value }) => basicAuthOf(value).includes(name))
    .map((held) => held.name);
}

/** What is said of a secret that is not there, with the nearest that is. */
export function missingSecret(state: State, name: string): Refusal {
  return missing(state, { kind: 'Secret', name, code: 'secret-missing', what: `secret ${name}`, list: 'secrets' });
}
