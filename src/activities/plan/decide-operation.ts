import type { RestoreTarget } from '../../domain/backup/target.js';
import type { Desired } from '../../domain/manifests/desired.js';
import type { ResourceKey } from '../../domain/resources/kinds.js';
import type { State } from '../../domain/log/state.js';
import { tracking } from '../../domain/log/tracking.js';
import type { Decision, Operation } from '../../operations/operation.js';
import type { Answers, Question, ReadFirst } from '../../operations/questions.js';
import { acceptanceOf } from '../../operations/safeguards/list.js';
import type { OperationRequest } from '../../workflows/contracts/plan.js';
import { answerFromLog } from '../history/answer-from-log.js';
import type { OwnPart } from '../../domain/serving/own-part.js';
import type { UpstreamAnswer } from '../../domain/serving/upstream-check.js';
import { answer } from './answer-questions.js';
import { checkSafeguards } from './check-safeguards.js';
import type { Dependencies } from '../dependencies.js';

/** Request, parsed input and manifests of the operation to decide. */
interface Asked {
  readonly request: Pick<OperationRequest, 'actor' | 'reason' | 'isPreview'>;
  /** Parsed by the operation's schema. */
  readonly input: Record<string, unknown>;
  /** The manifests to apply; null: the operation has none. */
  readonly desired: Desired | null;
  /** The target of a restore; null: the operation is none. */
  readonly restored: RestoreTarget | null;
}

/** Decides an operation on a state, after its questions are answered. Also returns the resources that it read and the time of the decision. Writes nothing. */
export async function decideOperation(
  deps: Dependencies,
  operation: Operation,
  { request, input, desired, restored }: Asked,
  state: State,
): Promise<{ readonly decided: Decision; readonly reads: ReadonlySet<ResourceKey>; readonly now: string }> {
  const reads = new Set<ResourceKey>();
  const tracked = { ...state, resources: tracking(state.resources, (key) => reads.add(key)) };
  const past = await answerFromLog(deps.log, operation.logQuestions?.(input, tracked, desired) ?? []);
  const first: ReadFirst = { ...past, desired: () => desired, restored: () => restored };
  const upstreams = new Map<string, UpstreamAnswer>();
  const ownParts = new Map<string, OwnPart | 'unknown' | null>();
  const ask = async (questions: readonly Question[]): Promise<Answers> => ({
    ...(await answer(deps, questions, upstreams, ownParts)),
    ...first,
  });
  const { actor, reason, isPreview = false } = request;
  const now = deps.now();
  const context = { now, actor, reason, isPreview, longestBypassMs: deps.longestBypassMs };
  const answers = await ask(operation.questions?.(tracked, input, first) ?? []);
  const decided = operation.decide(tracked, input, answers, context);
  const acceptance = acceptanceOf(operation.input.shape, input);
  return { decided: await checkSafeguards(decided, { state, now, acceptance }, ask), reads, now };
}
