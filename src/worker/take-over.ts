import type { Logger } from 'pino';
import { reviveCanaries, type Reviving } from '../activities/overlays/revive-canaries.js';
import { settleAllAbandoned, type Settling } from '../activities/commit/settle-abandoned.js';
import { takeFormerSchedules, type TakingOver as TakingSchedules } from '../activities/schedules/take-former.js';
import { all, find, type State } from '../domain/log/state.js';
import type { BypassEndings, OlderWorkflow, OlderWorkflows } from '../ports/workflows.js';
import { BYPASS_WORKFLOW, bypassWorkflowId } from '../workflows/contracts/bypass.js';
import { CANARY_WORKFLOW, canaryWorkflowId } from '../workflows/contracts/canary.js';
import { OPERATION_WORKFLOW } from '../workflows/contracts/operation.js';

/** Dependencies of {@link takeOver}. */
export interface TakingOver extends Settling, Reviving, TakingSchedules {
  readonly olderWorkflows: OlderWorkflows;
  readonly bypassEndings: BypassEndings;
}

/** Anybody who reaches Temporal could have started these. */
const MOST_RECORDED = 100;
const REASON = 'a newer version of Hecate goes on with it under another id';
const DROPPED = 'Hecate was updated before this was committed; nothing was changed. Run the command again';

/**
 * Takes along what a version before 0.6 left in Temporal, whose names name no environment: takes schedules into the log, ends
 * the workflows that run, starts those of canaries and bypasses again under this environment's names, and undoes commits that
 * were not finished. In a Temporal that others use, it ends only workflows of overlays and open commits of this log. Idempotent.
 */
export async function takeOver(deps: TakingOver, logger: Logger): Promise<void> {
  const { log, olderWorkflows, bypassEndings, isOwnTemporal } = deps;
  // Schedules first: they would start further workflows, which nobody carries out.
  for (const line of await takeFormerSchedules(deps)) logger.info(line);
  const { state } = await log.view();
  const ours = (await olderWorkflows.running()).filter((one) => isOwnTemporal || belongsTo(state, one));
  // Operations last: canaries, bypasses and reconciles would start others.
  for (const one of ours.toSorted((a, b) => rank(a) - rank(b))) await olderWorkflows.end(one, REASON);
  const operations = ours.filter(({ type }) => type === OPERATION_WORKFLOW);
  for (const one of operations.slice(0, MOST_RECORDED)) await recordDropped(deps, one);
  await settleAllAbandoned(deps);
  for (const { value, createdBy } of all(state, 'Bypass'))
    await bypassEndings.ensure(value.domain, { actor: createdBy, reason: value.reason });
  await reviveCanaries(deps);
  if (ours.length > 0)
    logger.info(
      { workflows: ours.map(({ workflowId }) => workflowId) },
      'took over what an older version left running',
    );
}

function rank({ type }: OlderWorkflow): number {
  return type === OPERATION_WORKFLOW ? 1 : 0;
}

function belongsTo(state: State, { type, workflowId }: OlderWorkflow): boolean {
  const domain = workflowId.slice(workflowId.indexOf('/') + 1);
  switch (type) {
    case CANARY_WORKFLOW:
      return workflowId === canaryWorkflowId('', domain) && find(state, 'Canary', domain) !== undefined;
    case BYPASS_WORKFLOW:
      return workflowId === bypassWorkflowId('', domain) && find(state, 'Bypass', domain) !== undefined;
    case OPERATION_WORKFLOW:
      return [...state.open.values()].some((open) => open.workflowId === workflowId);
    default:
      return false;
  }
}

/** Records an operation that had not committed anything. One that had is undone like any other whose workflow is gone. */
async function recordDropped({ log, now }: TakingOver, { workflowId, actor }: OlderWorkflow): Promise<void> {
  const parts = workflowId.split('/');
  const [operation = '', id = ''] = [parts[0], parts.at(-1)];
  if ((await log.find(id)) !== null || (await log.outcome(id)) !== null) return;
  const subject = parts.slice(1, -1).join('/');
  const attempt = { operation, subject, actor: actor ?? 'hecate', reason: null, workflowId };
  await log.record({ id, at: now(), result: 'cancelled', detail: DROPPED, behind: [], attempt });
}
