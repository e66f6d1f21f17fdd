import type { Refusal } from '../../domain/refusal.js';
import { hostsOf, type Route } from '../../domain/resources/route.js';
import { secretCommand, type Secret } from '../../domain/resources/secret.js';
import { type State, find } from '../../domain/log/state.js';
import { usersOf } from '../../domain/log/users.js';
import type { Answers, Question, Decision } from '../operation.js';
import { accessProblem } from './sign-in.js';
import { tlsProblem } from './tls.js';
import { upstreamProblem } from './upstream.js';
import { conflict, invalid, missing, refuse, unavailable } from '../refusals.js';
import type { ProxyModule } from '../../domain/middleware/kind.js';
import { middlewareOf } from '../../domain/middleware/list.js';
import { secretKinds, secretsUsedBy } from '../../domain/secrets/kinds.js';

/** Returns the refusal of a route in this state; null: it is possible. */
export function routeProblem(state: State, route: Route, answers: Answers): Refusal | null {
  return (
    adminHostProblem(route, answers) ??
    accessProblem(state, route, answers) ??
    upstreamProblem(state, route) ??
    tlsProblem(route, answers) ??
    middlewareProblem(route, answers) ??
    secretProblem(state, route)
  );
}

function adminHostProblem(route: Route, answers: Answers): Refusal | null {
  const host = hostsOf(route).find((one) => one === answers.adminHost());
  if (host === undefined) return null;
  const hint = 'Choose another domain, or set HECATE_CADDY_ADMIN_HOST to another name and restart the worker.';
  return conflict('admin-host', `${host} is the host of the proxies' admin API (HECATE_CADDY_ADMIN_HOST)`, hint);
}

/** Returns the decision to refuse a request for a route that does not exist, with the nearest domain that does. */
export function missingRoute(state: State, domain: string): Decision {
  return refuse(routeMissing(state, domain));
}

/** Returns the refusal for a route that does not exist, with the nearest domain that does. */
export function routeMissing(state: State, domain: string): Refusal {
  return missing(state, 'Route', domain);
}

/** Returns the questions about proxy modules that this middleware needs. */
export function moduleQuestions(middleware: Route['middleware'] | undefined): Question[] {
  return modulesOf(middleware ?? []).map((module) => ({ kind: 'module', module }));
}

/** Returns the refusal of a route's middleware; null: it is possible. */
export function middlewareProblem(route: Route, answers: Answers): Refusal | null {
  const { domain, middleware } = route;
  const hosts: readonly string[] = hostsOf(route);
  const loop = middlewareOf(middleware).find(({ sendsTo }) => sendsTo !== undefined && hosts.includes(sendsTo ?? ''));
  if (loop) {
    const message = `${loop.text} sends visitors of ${domain} back to ${domain}`;
    return invalid('redirect-loop', message, 'Redirect to another host, or to a path: redirect:/path.');
  }
  for (const module of modulesOf(middleware)) {
    const lacking = answers.proxiesWithout(module);
    if (lacking.length > 0) return missingModule(module, lacking);
  }
  return null;
}

function modulesOf(middleware: Route['middleware']): ProxyModule[] {
  const modules = middlewareOf(middleware).flatMap(({ kind }) => kind.module ?? []);
  return [...new Set(modules)];
}

function missingModule(module: ProxyModule, lacking: readonly string[]): Refusal {
  return unavailable(
    'module-missing',
    `rate limits need the Caddy module ${module}, which is missing in ${lacking.join(', ')}`,
    'Install Go and run hecate down, then hecate up, which builds a Caddy with the module. ' +
      'Or build one with: xcaddy build --with github.com/mholt/caddy-ratelimit@v0.1.0, and set HECATE_CADDY_BIN to its path.',
  );
}

/** Returns the refusal of a route's use of secrets; null: all exist and are of the right kind. */
export function secretProblem(state: State, route: Route): Refusal | null {
  for (const { kind, name } of secretsUsedBy(route)) {
    const held = find(state, 'Secret', name)?.value;
    if (!held) return missingSecret(state, name);
    if (held.kind !== kind) return otherKind(held, kind);
  }
  return null;
}

function otherKind({ name, kind }: Secret, needed: Secret['kind']): Refusal {
  return conflict(
    'secret-of-other-kind',
    `secret ${name} is of the kind ${kind}, but the route needs a secret of the kind ${needed}`,
    `Create one under another name with: ${secretCommand('NAME', needed)}`,
  );
}

/** Returns the domains of the routes that use a secret. */
export function routesWithSecret(state: State, name: string): readonly string[] {
  return usersOf(state, 'Secret', name, 'Route');
}

/**
 * Returns the refusal for a secret that does not exist, with the nearest name that does; for a credential of Hecate itself, with
 * what the worker needs to register it.
 */
export function missingSecret(state: State, name: string): Refusal {
  const refusal = missing(state, 'Secret', name);
  const own = secretKinds.find(({ ownSecrets }) => ownSecrets?.names.includes(name))?.ownSecrets;
  return own === undefined ? refusal : { ...refusal, hint: own.registered };
}
