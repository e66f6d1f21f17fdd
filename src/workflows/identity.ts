import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineUpdate,
  setCurrentDetails,
  setHandler,
  workflowInfo,
  proxyActivities,
} from '@temporalio/workflow';
import {
  CONVERGE_UPDATE,
  type IdentityActivities,
  type IdentityCall,
  type IdentityPhase,
  type IdentityRun,
  type Since,
} from './contracts/identity.js';
import type { SealedRun } from '../ports/workflows.js';
import { details } from './details.js';
import { reasonOf } from './error-reason.js';

const { applyIdentity } = proxyActivities<IdentityActivities>({
  startToCloseTimeout: '10m',
  heartbeatTimeout: '1500ms',
  // No limit of attempts: authentik may answer later, and callers stop waiting by themselves.
  retry: { initialInterval: '250ms', maximumInterval: '15s' },
  summary: 'Make authentik equal to the log',
});

const AGAIN_AFTER_MS = 30_000;

/** The last complete run of each phase; null: the next run compares everything. */
export type Applied = Readonly<Record<IdentityPhase, Since>>;

/**
 * Writes to an environment's identity provider. It is the only writer, since authentik has no conditional writes.
 * Operations call its update; callers that wait share the next run. A run that left problems is repeated after 30 s.
 */
export async function identity(
  applied: Applied = { provide: null, withdraw: null },
  longestHistory = 4_000,
): Promise<void> {
  const done: Record<IdentityPhase, Since> = { ...applied };
  const waiting: { call: IdentityCall; answer: IdentityRun | null; error: unknown }[] = [];
  setHandler(defineUpdate<IdentityRun, [IdentityCall]>(CONVERGE_UPDATE), async (call) => {
    const turn = { call, answer: null as IdentityRun | null, error: null as unknown };
    waiting.push(turn);
    await condition(() => turn.answer !== null || turn.error !== null);
    if (turn.error !== null) throw turn.error;
    return turn.answer as IdentityRun;
  });
  let isComplete = true;
  for (;;) {
    const called = await condition(() => waiting.length > 0, isComplete ? '1 day' : AGAIN_AFTER_MS, {
      summary: isComplete ? 'Wait for an operation that needs authentik' : 'Wait before writing authentik again',
    });
    if (called || !isComplete) isComplete = await runFor(waiting.splice(0), done);
    if (!workflowInfo().continueAsNewSuggested && workflowInfo().historyLength <= longestHistory) continue;
    // Waiting callers are served first: an unanswered update would block this run for ever.
    await condition(() => allHandlersFinished() || waiting.length > 0);
    if (waiting.length === 0) await continueAsNew<typeof identity>({ ...done }, longestHistory);
  }
}

async function runFor(
  turns: readonly { call: IdentityCall; answer: IdentityRun | null; error: unknown }[],
  done: Record<IdentityPhase, Since>,
): Promise<boolean> {
  const asked = new Set(turns.flatMap(({ call }) => call.phases));
  const phases: readonly IdentityPhase[] = turns.length === 0 ? ['provide', 'withdraw'] : [...asked];
  try {
    const runs: (IdentityRun & { readonly sealed: readonly SealedRun[] })[] = [];
    for (const phase of phases) {
      // Until a run over everything succeeds, the next one compares everything too.
      if (turns.some(({ call }) => call.extent === 'everything')) done[phase] = null;
      const run = await applyIdentity(phase, done[phase]);
      const { sequence, problems, seal } = run;
      runs.push({ ...run, sealed: seal === undefined ? [] : [{ phase, sequence, problems, seal }] });
      // After problems the next run starts from the last complete one.
      if (problems.length === 0) done[phase] = seal === undefined ? sequence : { sequence, seal };
    }
    const answer: IdentityRun = {
      sequence: Math.min(...runs.map((run) => run.sequence)),
      writes: runs.reduce((sum, run) => sum + run.writes, 0),
      problems: runs.flatMap((run) => run.problems),
      runs: runs.flatMap((run) => run.sealed),
    };
    for (const turn of turns) turn.answer = answer;
    setCurrentDetails(detailsOf(answer));
    return answer.problems.length === 0;
  } catch (error) {
    for (const turn of turns) turn.error = error;
    setCurrentDetails(
      details('authentik not updated', [['next attempt', `in ${AGAIN_AFTER_MS / 1000} s`]], [reasonOf(error)]),
    );
    return false;
  }
}

function detailsOf({ sequence, writes, problems }: IdentityRun): string {
  const heading = problems.length === 0 ? 'authentik up to date' : 'authentik updated, with problems';
  const lines = problems.map(({ subject, message }) => `${subject}: ${message}`);
  return details(heading, [['commit', String(sequence)], ['writes in the last run', String(writes)]], lines); // prettier-ignore
}
