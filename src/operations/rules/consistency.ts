import { shapeProblem, type BaseChange } from '../../domain/log/base-kinds.js';
import type { Refusal } from '../../domain/refusal.js';
import type { State } from '../../domain/log/state.js';
import type { Answers } from '../questions.js';
import { routesWith, termsProblem } from './sign-in.js';
import { routeProblem } from './route.js';
import { routesTo } from './upstream.js';
import { serversProblem } from '../../domain/resources/upstream.js';

/** Why these changes cannot stand together with everything else, in the state after them; null: they can. */
export function consistencyProblem(after: State, changes: readonly BaseChange[], answers: Answers): Refusal | null {
  for (const change of changes) {
    const problem = change.after === null ? useOf(after, change) : ruleProblem(after, change, answers);
    if (problem) return { ...problem, message: `${change.kind} ${change.name}: ${problem.message}` };
  }
  return null;
}

/** The same for values that were right once: what they need may be gone, and rules may have become stricter. */
export function returnProblem(after: State, changes: readonly BaseChange[], answers: Answers): Refusal | null {
  for (const change of changes) {
    const problem = change.after === null ? useOf(after, change) : valueProblem(after, change, answers);
    if (problem) return problem;
  }
  return null;
}

/** Nothing may go while it is used. */
function useOf(after: State, { kind, name }: BaseChange): Refusal | null {
  const [what, routes] = usersOf(after, kind, name);
  if (routes.length === 0) return null;
  return {
    kind: 'conflict',
    code: 'still-in-use',
    message: `${what} ${name} would go, and ${routes.join(', ')} use${routes.length === 1 ? 's' : ''} it`,
    hint: `Give those routes another ${what} first, or take back what made them use it.`,
  };
}

function usersOf(after: State, kind: BaseChange['kind'], name: string): [what: string, routes: readonly string[]] {
  switch (kind) {
    case 'AuthPolicy':
      return ['auth policy', routesWith(after, name)];
    case 'Upstream':
      return ['upstream', routesTo(after, name)];
    case 'Route':
      return ['route', []];
  }
}

function valueProblem(after: State, change: BaseChange, answers: Answers): Refusal | null {
  const shape = change.after && shapeProblem(change.kind, change.after);
  if (shape) return misfit(change, { kind: 'invalid', code: 'misfit', message: shape });
  const problem = ruleProblem(after, change, answers);
  return problem && misfit(change, problem);
}

function ruleProblem(after: State, change: BaseChange, answers: Answers): Refusal | null {
  if (change.after === null) return null;
  switch (change.kind) {
    case 'Route':
      return routeProblem(after, change.after, answers);
    case 'AuthPolicy':
      return termsProblem(change.after, answers);
    case 'Upstream': {
      const message = serversProblem(change.after.servers);
      return message === null ? null : { kind: 'invalid', code: 'upstream-invalid', message };
    }
  }
}

/** What was asked for is right in itself; it does not fit what else is there now. */
function misfit({ kind, name }: BaseChange, problem: Refusal): Refusal {
  const isOurs = problem.kind === 'invalid' || problem.kind === 'missing';
  return {
    kind: isOurs ? 'conflict' : problem.kind,
    code: problem.code,
    message: `${kind} ${name} cannot be as it was: ${problem.message}`,
    hint: isOurs
      ? 'Bring back first what it needs, or choose another moment or operation.'
      : (problem.hint ?? 'Try again.'),
  };
}
