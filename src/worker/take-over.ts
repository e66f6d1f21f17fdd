import type { Logger } from 'pino';
import { reviveCanaries, type Reviving } from '../activities/overlays/revive-canaries.js';
import { settleAllAbandoned, type Settling } from '../activities/commit/settle-abandoned.js';
import { takeFormerSchedules, type TakingOver as TakingSchedules } from '../activities/schedules/take-former.js';
import { beganBeforeOperators, isTakenOver, recordTakenOver } from '../activities/schedules/taken-over.js';
import { bounded } from '../activities/trust/bounded.js';
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
 *
 * Happens once for a log, and only for one that an older version began: the log records its end, and what is in Temporal later
 * was made by somebody else. One that stopped half way goes on.
 */
export async function takeOver(deps: TakingOver, logger: Logger): Promise<void> {
  const { log, olderWorkflows, bypassEndings, isOwnTemporal } = deps;
  if ((await isTakenOver(log)) || !(await beganBeforeOperators(log))) return;
  // Schedules first: they would start further workflows, which nobody carries out.
  const schedules = await takeFormerSchedules(deps);
  for (const line of schedules) logger.info(line);
  const { state } = await log.view();
  const ours = (await olderWorkflows.running()).filter((one) => isOwnTemporal || belongsTo(state, one));
  // Operations last: canaries, bypasses and reconciles would start others.
  for (const one of ours.toSorted((a, b) => rank(a) - rank(b))) await olderWorkflows.end(one, REASON);
  const operations = ours.filter(
    ({ type, workflowId }) => type === OPERATION_WORKFLOW && hasOlderOperation(workflowId),
  );
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
  await recordTakenOver(deps, { schedules, workflows: ours.length });
}

/** Operations of the versions before 0.6. A request for any other one was not made by them. */
const OLDER_OPERATIONS: ReadonlySet<string> = new Set([
  ...['auth-policy.create', 'auth-policy.delete', 'auth-policy.update'],
  ...['route.create', 'route.update', 'route.delete', 'route.move', 'route.bypass', 'route.failover'],
  ...['route.canary.start', 'route.canary.percentage', 'route.canary.promote', 'route.canary.rollback'],
  ...['route.canary.pause', 'route.canary.resume'],
  ...['secret.create', 'secret.delete', 'secret.update', 'upstream.create', 'upstream.delete', 'upstream.update'],
  ...['source.delete', 'source.hold', 'state.adopt', 'manifests.apply', 'state.rollback', 'state.undo'],
]);

function hasOlderOperation(workflowId: string): boolean {
  return OLDER_OPERATIONS.has(workflowId.split('/', 1)[0] ?? '');
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
  const subject = bounded(parts.slice(1, -1).join('/'));
  // Nothing but Temporal names the actor, and nobody signed requests then.
  const claimed = `unverified: ${actor === null ? 'nobody' : bounded(actor)}`;
  const attempt = { operation, subject, actor: claimed, reason: null, workflowId: bounded(workflowId) };
  await log.record({ id, at: now(), result: 'cancelled', detail: DROPPED, behind: [], attempt });
}
