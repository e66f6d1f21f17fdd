import type { Refusal } from '../../domain/refusal.js';
import { hostsOf, type Route } from '../../domain/resources/route.js';
import { secretCommand, type Secret } from '../../domain/resources/secret.js';
import { type State, find } from '../../domain/log/state.js';
import { usersOf } from '../../domain/log/users.js';
import type { Answers, Question } from '../questions.js';
import { accessProblem } from './sign-in.js';
import { tlsProblem } from './tls.js';
import { upstreamProblem } from './upstream.js';
import { conflict, invalid, missing, refuse, unavailable } from '../refusals.js';
import type { Decision } from '../operation.js';
import type { ProxyModule } from '../../domain/middleware/kind.js';
import { middlewareOf } from '../../domain/middleware/list.js';
import { secretsUsedBy } from '../../domain/secrets/kinds.js';

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
  return refuse(routeMissing(state, domain));
}

/** What is said of a route that is not there. */
export function routeMissing(state: State, domain: string): Refusal {
  return missing(state, 'Route', domain);
}

/** Asks whether the proxies have what this middleware needs. */
export function moduleQuestions(middleware: Route['middleware'] | undefined): Question[] {
  return modulesOf(middleware ?? []).map((module) => ({ kind: 'module', module }));
}

/** Why a route cannot have its middleware; null: it can. */
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
    `${lacking.join(', ')} cannot limit rates: it is a build without ${module}`,
    'Install Go and start the stack again (hecate down, hecate up), which then builds a Caddy that can. ' +
      'Or build one with: xcaddy build --with github.com/mholt/caddy-ratelimit@v0.1.0, and name it with HECATE_CADDY_BIN.',
  );
}

/** Returns why a route cannot use the secrets that it names; null: it can. */
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
    `secret ${name} is of the kind ${kind}; a route needs one of the kind ${needed} here`,
    `Create one under another name with: ${secretCommand('NAME', needed)}`,
  );
}

/** Returns the domains of the routes that use a secret. */
export function routesWithSecret(state: State, name: string): readonly string[] {
  return usersOf(state, 'Secret', name);
}

/** What is said of a secret that is not there, with the nearest that is. */
export function missingSecret(state: State, name: string): Refusal {
  return missing(state, 'Secret', name);
}
