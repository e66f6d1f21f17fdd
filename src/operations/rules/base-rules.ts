import type { BaseChange, BaseKind } from '../../domain/log/base-kinds.js';
import type { State } from '../../domain/log/state.js';
import type { Refusal } from '../../domain/refusal.js';
import type { ResourceKinds } from '../../domain/resources/kinds.js';
import { serversProblem } from '../../domain/resources/upstream.js';
import type { Answers, Question } from '../operation.js';
import { invalid } from '../refusals.js';
import { alertSinkProblem } from './alert-sink.js';
import { moduleQuestions, routeProblem } from './route.js';
import { alertRuleProblem } from './alert-rule.js';
import { scheduleProblem } from './schedule.js';
import { groupQuestions, termsProblem } from './sign-in.js';
import { certificateQuestions } from './tls.js';

/** Rules of one base kind, which every operation that brings many resources into the log applies. */
interface BaseRules<K extends BaseKind> {
  /** Returns the questions about the outside world to answer before the value can be checked. */
  questions(value: ResourceKinds[K]): readonly Question[];
  /** Returns the refusal of a value in the state after the change; null: it is possible. */
  problem(after: State, value: ResourceKinds[K], answers: Answers): Refusal | null;
}

const baseRules: { readonly [K in BaseKind]: BaseRules<K> } = {
  Route: {
    questions: ({ middleware, tls }) => [...moduleQuestions(middleware), ...certificateQuestions(tls)],
    problem: routeProblem,
  },
  AuthPolicy: {
    questions: ({ groups, flow }) => [
      ...groupQuestions(groups),
      ...(flow === null ? [] : [{ kind: 'flow' as const, slug: flow }]),
    ],
    problem: (_after, policy, answers) => termsProblem(policy, answers),
  },
  Upstream: {
    questions: () => [],
    problem(_after, { servers }) {
      const message = serversProblem(servers);
      return message === null ? null : invalid('upstream-invalid', message);
    },
  },
  AlertRule: { questions: () => [], problem: (after, rule) => alertRuleProblem(after, rule) },
  Schedule: { questions: () => [], problem: (after, schedule) => scheduleProblem(after, schedule) },
  AlertSink: { questions: () => [], problem: (after, sink) => alertSinkProblem(after, sink) },
};

/** Returns the questions about the outside world to answer before these changes can be checked. */
export function questionsOf(changes: readonly BaseChange[]): Question[] {
  return changes.flatMap(({ kind, after }) => (after === null ? [] : rulesOf(kind).questions(after)));
}

/** Returns the refusal of a change in the state after it; null: it is possible. */
export function ruleProblem(after: State, change: BaseChange, answers: Answers): Refusal | null {
  return change.after === null ? null : rulesOf(change.kind).problem(after, change.after, answers);
}

/** Returns the rules of a kind. The cast is safe because a change holds only values of its kind. */
function rulesOf(kind: BaseKind): BaseRules<BaseKind> {
  return baseRules[kind];
}
