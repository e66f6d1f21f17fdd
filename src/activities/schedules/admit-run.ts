import { actorIn } from '../../domain/log/commit.js';
import { isComponent } from '../../domain/resources/components.js';
import { pauseText, scheduleName, type Schedule } from '../../domain/resources/schedule.js';
import { prefixIn } from '../../domain/values/environment-name.js';
import { dueTime, timingText } from '../../domain/schedules/slot.js';
import { secretsToRotate } from '../../domain/log/rotation-due.js';
import type { ActionName, ScheduleAction } from '../../domain/schedules/actions.js';
import { isObject } from '../../domain/data/json.js';
import { find, type State, type StoredResource } from '../../domain/log/state.js';
import type { OperationActivities } from '../../workflows/contracts/operation.js';
import { reconcileWorkflowId } from '../../workflows/contracts/reconcile.js';
import type { AdmittedRun } from '../../workflows/contracts/schedule.js';
import type { Dependencies } from '../dependencies.js';
import { includesRole } from '../../domain/values/role.js';
import type { Caller } from '../trust/caller.js';
import { sealOf } from '../trust/seal.js';
import { sealedRequest, type Sealing } from '../trust/sealed-request.js';
import { backupRunSeal, drillRunSeal, rotateGrantSeal } from '../trust/guards.js';
import { WORKER } from '../trust/verify-request.js';

/** Dependencies for admitting runs. */
export interface Admitting extends Sealing, Pick<Dependencies, 'scheduledRuns' | 'newId'> {
  readonly recordOutcome: OperationActivities['recordOutcome'];
}

type Refused = Extract<AdmittedRun, { readonly kind: 'refused' }>;

/** The run of a schedule that is admitted, with who it is done for. */
interface Run {
  readonly schedule: string;
  readonly state: State;
  readonly workflow: Caller;
  readonly origin: { readonly actor: string; readonly onBehalfOf?: string; readonly reason: string };
}

/** Returns what a run of a schedule carries out, by action. It is sealed, since the workflow carries it to an activity that changes something. */
const admitted: {
  readonly [Name in ActionName]: (
    deps: Admitting,
    action: ScheduleAction<Name>,
    run: Run,
  ) => AdmittedRun | Promise<AdmittedRun>;
} = {
  async reconcile(deps, { component, fromGit, prune, pruneLimit, yes, adopt }, { workflow, origin }) {
    if (!isComponent(component)) {
      const message = `its component ${component} does not exist in this version`;
      return { kind: 'refused', message, hint: 'Give it another: hecate update schedule --name NAME --component all' };
    }
    const limits = { ...(pruneLimit === null ? {} : { pruneLimit }), ...(yes ? { yes } : {}) };
    const what = { component, fromGit, fromCommit: null, prune, ...limits, adopt };
    const request = { ...what, isDryRun: false, ...origin, id: deps.newId() };
    const child = reconcileWorkflowId(prefixIn(workflow.workflowId));
    const sealed = await sealedRequest(deps, { purpose: 'reconcile', workflowId: child, request });
    return { kind: 'reconcile', request: sealed };
  },
  rotate(deps, { secret, strategy, grace }, { schedule, state, workflow, origin }) {
    const secrets = secretsToRotate(state, secret);
    const grant = { schedule, secrets, strategy, grace, ...origin };
    return { kind: 'rotate', grant: { ...grant, seal: sealOf(deps, rotateGrantSeal(workflow, grant)) } };
  },
  backup(deps, action, { schedule, workflow, origin }) {
    const grant = { schedule, action, ...origin };
    return { kind: 'backup', grant: { ...grant, seal: sealOf(deps, backupRunSeal(workflow, grant)) } };
  },
  drill(deps, { from }, { schedule, workflow, origin }) {
    if (from === null) {
      const hint = `Give it one: hecate update schedule --name ${schedule} --from PLACE`;
      return { kind: 'refused', message: 'the schedule does not say which backup it restores', hint };
    }
    const grant = { schedule, from, ...origin };
    return { kind: 'drill', grant: { ...grant, seal: sealOf(deps, drillRunSeal(workflow, grant)) } };
  },
};

/**
 * Returns what a scheduled run carries out, as the log has it, or refuses the run and records that. Nothing but the name is
 * taken from the run, since anybody who reaches Temporal can start one. Idempotent for the same run.
 */
export async function admitScheduledRun(deps: Admitting, run: unknown, workflow: Caller): Promise<AdmittedRun> {
  const name = nameOf(run);
  const { state } = await deps.log.view();
  const stored = name === null ? undefined : find(state, 'Schedule', name);
  const refused =
    stored === undefined ? unknown(name, isObject(run) && 'component' in run) : await refusalOf(deps, stored, workflow);
  const found = refused ?? (await admittedRun(deps, workflow, { state, stored }));
  if (found.kind !== 'refused') return found;
  const shown = stored === undefined && name !== null ? unknown(null, false) : found;
  await record(deps, workflow, { ...shown, name: stored?.name ?? null });
  return found;
}

function nameOf(run: unknown): string | null {
  const { schedule } = (run ?? {}) as { readonly schedule?: unknown };
  return scheduleName.safeParse(schedule).data ?? null;
}

async function admittedRun(
  deps: Admitting,
  workflow: Caller,
  { state, stored }: { readonly state: State; readonly stored: StoredResource<'Schedule'> | undefined },
): Promise<AdmittedRun> {
  if (stored === undefined) return unknown(null, false);
  const { name, value, createdBy } = stored;
  const origin = { ...actorOf(state, createdBy), reason: `schedule ${name}` };
  const admit = admitted[value.action.kind] as (typeof admitted)['reconcile'];
  return admit(deps, value.action as ScheduleAction<'reconcile'>, { schedule: name, state, workflow, origin });
}

/** The log allows the schedule, so it goes on when its operator was deleted or lost the role: the worker acts for him then. */
function actorOf(state: State, createdBy: string): ReturnType<typeof actorIn> {
  const maker = actorIn(createdBy);
  const { actor, onBehalfOf = actor } = maker;
  const role = find(state, 'Operator', actor)?.value.role;
  const isAllowed = actor === WORKER || (role !== undefined && includesRole(role, 'operator'));
  return isAllowed ? maker : { actor: WORKER, onBehalfOf };
}

/** `isFormer`: the run carries a whole request, as those of schedules of versions before 0.6 did. */
function unknown(name: string | null, isFormer: boolean): Refused {
  if (isFormer) {
    return {
      kind: 'refused',
      message: 'a run of a schedule carries nothing but its name since version 0.6',
      hint: 'The worker takes the schedules of older versions over when it starts. Reconcile now: hecate update state reconcile',
    };
  }
  const which = name === null ? 'a schedule' : `schedule ${name}`;
  return {
    kind: 'refused',
    message: `the log has no such schedule: ${which} starts nothing`,
    hint: 'List them: hecate list schedules. Reconcile now: hecate update state reconcile',
  };
}

async function refusalOf(
  { now, scheduledRuns }: Admitting,
  { name, value, createdAt }: StoredResource<'Schedule'>,
  { runId }: Caller,
): Promise<Refused | null> {
  if (value.paused !== null) return isPaused(value, value.paused);
  const dueAt = dueTime(value, now());
  const isDue = dueAt > createdAt && (await scheduledRuns.admit(name, dueAt, runId));
  if (isDue) return null;
  return {
    kind: 'refused',
    message: `schedule ${name} is not due: it runs ${timingText(value)}`,
    hint: nowHint(value.action),
  };
}

const nowHints: { readonly [Name in ActionName]: (action: ScheduleAction<Name>) => string } = {
  reconcile: () => 'Reconcile now: hecate update state reconcile',
  rotate({ secret, strategy }) {
    const command = secret === null ? 'rotate-all' : `rotate --name ${secret}`;
    return `Rotate now: hecate update secret ${command} --strategy ${strategy}`;
  },
  backup({ destination, backupKind }) {
    const places = destination.map((place) => `--destination ${place}`).join(' ');
    return `Back up now: hecate backup ${backupKind} ${places}`;
  },
  drill: ({ from }) => `Drill now: hecate backup drill --from ${from ?? 'PLACE'}`,
};

function nowHint(action: ScheduleAction): string {
  return (nowHints[action.kind] as (action: ScheduleAction) => string)(action);
}

function isPaused({ name, action }: Schedule, pause: NonNullable<Schedule['paused']>): Refused {
  const why = pauseText(pause);
  return {
    kind: 'refused',
    message: `schedule ${name} is paused${why === null ? '' : ` by ${why}`}`,
    hint: `Resume it: hecate update schedule --name ${name} --resume. ${nowHint(action)}`,
  };
}

/** Records a refusal in the history; the same one once an hour. Runs of unknown schedules share one name, since anybody can invent them. */
async function record(
  { recordOutcome }: Admitting,
  { workflowId, runId }: Caller,
  { name, message, hint }: Refused & { readonly name: string | null },
): Promise<void> {
  await recordOutcome(`schedule-run:${runId}`, 'refused', `${message}. ${hint}`, [], {
    operation: 'schedule.run',
    subject: name ?? 'unknown',
    actor: 'temporal',
    reason: null,
    workflowId,
    isAutomatic: true,
  });
}
