import type { Change } from '../domain/commit.js';
import type { Refusal } from '../domain/refusal.js';
import { all, find, type State } from '../domain/state.js';
import type { Answers } from './operation.js';
import { termsProblem } from './policy-change.js';
import { routeProblem } from './route-problem.js';

/**
 * Why the state after these changes would not hold together; null: it does. Looks at what changed, and at every route where
 * something that routes name goes.
 */
export function consistencyProblem(after: State, changes: readonly Change[], answers: Answers): Refusal | null {
  for (const change of changes) {
    if (change.kind !== 'AuthPolicy' || change.after === null) continue;
    const problem = termsProblem(change.after, answers);
    if (problem) return about(`auth policy ${change.name}`, problem);
  }
  const goes = changes.some(
    ({ kind, after: value }) => value === null && (kind === 'AuthPolicy' || kind === 'Upstream'),
  );
  const names = goes ? all(after, 'Route').map(({ name }) => name) : routesIn(changes);
  for (const name of names) {
    const route = find(after, 'Route', name)?.value;
    const problem = route ? routeProblem(after, route, answers) : null;
    if (problem) return about(`route ${name}`, problem);
  }
  return null;
}

function routesIn(changes: readonly Change[]): string[] {
  return changes.filter(({ kind }) => kind === 'Route').map(({ name }) => name);
}

function about(what: string, refusal: Refusal): Refusal {
  return { ...refusal, message: `${what}: ${refusal.message}` };
}
