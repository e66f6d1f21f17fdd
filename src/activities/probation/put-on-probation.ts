import { changeOf, type Change, withoutBookkeeping } from '../../domain/log/commit.js';
import type { State } from '../../domain/log/state.js';
import { probationTermsSchema, type ProbationTerms } from '../../domain/resources/probation.js';
import { durationMs } from '../../domain/values/duration.js';
import { concernedRoutes } from '../../domain/why/concerned-routes.js';
import { Failure } from '../../ports/failure.js';
import type { OperationRequest } from '../../workflows/contracts/plan.js';

/** Operations that have no probation unless they ask for one: they go back, end by themselves, or are steps of something. */
const WITHOUT_DEFAULT =
  /^(state\.|probation\.|route\.canary|route\.bypass|route\.failover|secret\.|schedule\.|operator\.|source\.|alert)/;

/** Returns the terms by which a request is put on probation; null: it is not. Throws `invalid` for terms that are none. */
export function termsOf(
  { probation, operation }: Pick<OperationRequest, 'probation' | 'operation'>,
  usual: ProbationTerms | null,
): ProbationTerms | null {
  if (probation === 'none' || operation === 'probation.end') return null;
  if (probation === undefined) return WITHOUT_DEFAULT.test(operation) ? null : usual;
  const parsed = probationTermsSchema.safeParse(probation);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Failure('invalid', `the probation is not valid: ${issue?.path.join('.')}: ${issue?.message}`, {
    hint: 'Give it as: --probation 10m [--max-error-rate 2%] [--max-latency-p99 500ms]',
  });
}

/** Throws `invalid` when a request asks for a probation of changes that no traffic can judge. */
export function mustConcernRoutes(
  state: State,
  changes: readonly Change[],
  { probation }: Pick<OperationRequest, 'probation'>,
): void {
  if (probation === undefined || probation === 'none' || withoutBookkeeping(changes).length === 0) return;
  if (concernedRoutes(state, changes).length > 0) return;
  throw new Failure('invalid', 'the change concerns the traffic of no route, so a probation cannot judge it', {
    hint: 'Leave out --probation.',
  });
}

/** Returns the change that puts an operation on probation; none when it has no terms, or concerns no route. */
export function probationChange(
  state: State,
  changes: readonly Change[],
  { id, at, terms }: { readonly id: string; readonly at: string; readonly terms: ProbationTerms | null },
): Change[] {
  if (terms === null || withoutBookkeeping(changes).length === 0) return [];
  const routes = concernedRoutes(state, changes);
  if (routes.length === 0) return [];
  const { for: time, ...limits } = terms;
  const until = new Date(Date.parse(at) + durationMs(time)).toISOString();
  return [changeOf('Probation', id, null, { name: id, routes, since: at, until, limits })];
}
