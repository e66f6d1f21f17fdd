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
} from './contracts/identity.js';

const { applyIdentity } = proxyActivities<IdentityActivities>({
  startToCloseTimeout: '10m',
  heartbeatTimeout: '1500ms',
  // What authentik does not answer now it may answer later; whoever waits gives up by itself.
  retry: { initialInterval: '250ms', maximumInterval: '15s' },
  summary: 'Make authentik equal to the log',
});

const AGAIN_AFTER_MS = 30_000;

/** Sequences of the last complete run of each phase; null: everything must be looked at. */
export type Applied = Readonly<Record<IdentityPhase, number | null>>;

/**
 * The one writer to an environment's identity provider, which has no conditional writes. Whoever needs it calls its
 * update; callers that wait share the next run. A run that left problems is made again later.
 */
export async function identity(
  applied: Applied = { provide: null, withdraw: null },
  longestHistory = 4_000,
): Promise<void> {
  const done: Record<IdentityPhase, number | null> = { ...applied };
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
    const called = await condition(() => waiting.length > 0, isComplete ? '1 day' : AGAIN_AFTER_MS);
    if (called || !isComplete) isComplete = await runFor(waiting.splice(0), done);
    if (!workflowInfo().continueAsNewSuggested && workflowInfo().historyLength <= longestHistory) continue;
    // Who waits is served first: an update that nobody answers would keep this run, and everybody, for ever.
    await condition(() => allHandlersFinished() || waiting.length > 0);
    if (waiting.length === 0) await continueAsNew<typeof identity>({ ...done }, longestHistory);
  }
}

async function runFor(
  turns: readonly { call: IdentityCall; answer: IdentityRun | null; error: unknown }[],
  done: Record<IdentityPhase, number | null>,
): Promise<boolean> {
  const asked = new Set(turns.flatMap(({ call }) => call.phases));
  const phases: readonly IdentityPhase[] = turns.length === 0 ? ['provide', 'withdraw'] : [...asked];
  try {
    const runs: IdentityRun[] = [];
    for (const phase of phases) {
      // Until a run over everything went well, the next one is over everything too.
      if (turns.some(({ call }) => call.extent === 'everything')) done[phase] = null;
      const run = await applyIdentity(phase, done[phase]);
      runs.push(run);
      // What failed is looked at again with everything that came after the last complete run.
      if (run.problems.length === 0) done[phase] = run.sequence;
    }
    const answer: IdentityRun = {
      sequence: Math.min(...runs.map((run) => run.sequence)),
      writes: runs.reduce((sum, run) => sum + run.writes, 0),
      problems: runs.flatMap((run) => run.problems),
    };
    for (const turn of turns) turn.answer = answer;
    setCurrentDetails(detailsOf(answer));
    return answer.problems.length === 0;
  } catch (error) {
    for (const turn of turns) turn.error = error;
    setCurrentDetails('authentik refused the last run; it is made again in a while');
    return false;
  }
}

function detailsOf({ sequence, writes, problems }: IdentityRun): string {
  const lines = problems.map(({ subject, message }) => `- ${subject}: ${message}`);
  return [`authentik has what the log said at ${sequence} (${writes} writes in the last run)`, '', ...lines].join('\n');
}
