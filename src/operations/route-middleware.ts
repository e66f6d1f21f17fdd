import type { ProxyModule } from '../domain/middleware/kind.js';
import { middlewareOf } from '../domain/middleware/list.js';
import type { Refusal } from '../domain/refusal.js';
import type { Route } from '../domain/resources/route.js';
import type { Answers, Question } from './questions.js';

/** Asks whether the proxies have what this middleware needs. */
export function moduleQuestions(middleware: Route['middleware'] | undefined): Question[] {
  return modulesOf(middleware ?? []).map((module) => ({ kind: 'module', module }));
}

/** Why a route cannot have its middleware; null: it can. */
export function middlewareProblem({ domain, middleware }: Route, answers: Answers): Refusal | null {
  const loop = middlewareOf(middleware).find(({ sendsTo }) => sendsTo === domain);
  if (loop) {
    return {
      kind: 'invalid',
      code: 'redirect-loop',
      message: `${loop.text} sends visitors of ${domain} back to where they come from`,
      hint: 'Redirect to another host, or to a path: redirect:/path.',
    };
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
  return {
    kind: 'unavailable',
    code: 'module-missing',
    message: `${lacking.join(', ')} cannot limit rates: it is a build without ${module}`,
    hint:
      'Install Go and start the stack again (hecate down, hecate up), which then builds a Caddy that can. ' +
      'Or build one with: xcaddy build --with github.com/mholt/caddy-ratelimit@v0.1.0, and name it with HECATE_CADDY_BIN.',
  };
}
