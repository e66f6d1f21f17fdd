import { undoId, type Attempt, type Commit } from '../../domain/log/commit.js';
import { isObject } from '../../domain/data/json.js';
import { operationOf } from '../../operations/catalogue.js';
import { roleFor } from '../../operations/operation.js';
import type { Claim } from '../../domain/secrets/claim.js';
import type { SealedRun } from '../../ports/workflows.js';
import type { KeptMemory } from '../../workflows/contracts/canary.js';
import type { ProvenRequest } from '../../workflows/contracts/operation.js';
import type { CommitPass, OperationRequest, Plan } from '../../workflows/contracts/plan.js';
import { continuousBackupWorkflowId } from '../../workflows/contracts/continuous-backup.js';
import { EXPORT_IDENTITY_KEY } from '../../workflows/contracts/reveal.js';
import { rotationWorkflowId } from '../../workflows/contracts/rotation.js';
import { prefixIn } from '../../domain/values/environment-name.js';
import type { Role } from '../../domain/values/role.js';
import type { ReconcileGrant } from '../../workflows/contracts/reconcile.js';
import type { BackupRunGrant, DrillRunGrant } from '../../workflows/contracts/backup-run.js';
import type { BackupGrant, PruneGrant } from '../../workflows/contracts/backup.js';
import { backupGrantSeal, pruneGrantSeal } from '../backup/seals.js';
import type { RotateGrant } from '../../workflows/contracts/rotate-run.js';
import { deliverAlertsId } from '../../workflows/contracts/deliver-alerts.js';
import { alertSeal } from '../alerts/alert-delivery.js';
import type { WorkerActivities } from '../worker-activities.js';
import { bounded, saidOrigin } from './bounded.js';
import type { Caller } from './caller.js';
import { heldPass, stillNeeds } from './commit-pass.js';
import { sealFits, type SealedValue } from './seal.js';
import { unproven } from './unproven.js';
import { verifyRequest, type Authority, type Verifying } from './verify-request.js';

/** Reason for which an activity is allowed. */
export type Allowance =
  /** The operator's signature of the request, or the worker's seal of a request that it made itself. */
  | 'proof'
  /** The seal of what an earlier activity of the same run decided or did. */
  | 'seal'
  /** The seal of this run's commit, or an open commit of the calling workflow; without a commit the proof of the request. */
  | 'own commit'
  /** Nothing: it makes systems equal to the log, or reads it, and takes no value from the caller. */
  | 'follows the log'
  /** Never: it only records that somebody's input was refused. */
  | 'nothing';

/** Guard of one activity. `check` returns what the activity needs to know of it, and throws otherwise. */
export interface Guard<Name extends keyof WorkerActivities> {
  readonly by: Allowance;
  check(deps: Verifying, caller: Caller, ...args: Parameters<WorkerActivities[Name]>): Promise<unknown>;
}

/** Returns the command that asks for a value. */
function revealed(question: unknown): string {
  const isOfBackups = isObject(question) && question['operation'] === EXPORT_IDENTITY_KEY;
  return isOfBackups ? 'backup identity --export' : 'reveal secret';
}

/** Guards of activities that need no proof, whoever calls them: the log decides what they do, the caller's input does not. */
const followsTheLog = { by: 'follows the log', check: async () => null } as const;

/**
 * The guard of every activity. Whoever reaches Temporal can start any workflow or activity with any input, and can answer a
 * workflow's tasks in our place; so each activity decides itself whether it is allowed. An activity without a line does not compile.
 */
export const guards = {
  planOperation: { by: 'proof', check: (deps, caller, request) => verifyOperation(deps, caller, request) },
  previewOperation: {
    by: 'proof',
    check: (deps, caller, request) =>
      verifyOperation(deps, caller, isObject(request) ? { ...request, isPreview: true } : request),
  },
  inspectDrift: {
    by: 'proof',
    async check(deps, caller, request) {
      const isDryRun = isObject(request) && request.isDryRun === true;
      const needs = isDryRun ? 'viewer' : 'operator';
      const what = isDryRun ? 'a dry run' : 'a reconcile';
      mustBeWorkflow(caller);
      return verifyRequest(deps, caller, { purpose: 'reconcile', request, needs, what });
    },
  },
  inspectRoutes: { by: 'proof', check: (deps, caller, question) => verifyInspection(deps, caller, question) },
  inspectRequests: { by: 'proof', check: (deps, caller, question) => verifyInspection(deps, caller, question) },
  inspectProxyUse: { by: 'proof', check: (deps, caller, question) => verifyInspection(deps, caller, question) },
  inspectIdentityProvider: { by: 'proof', check: (deps, caller, question) => verifyInspection(deps, caller, question) },
  revealSecret: {
    by: 'proof',
    check: (deps, caller, request) =>
      verifyRequest(deps, caller, { purpose: 'reveal', request, needs: 'admin', what: revealed(request) }),
  },
  admitBackup: {
    by: 'proof',
    async check(deps, caller, request) {
      mustBeWorkflow(caller);
      return verifyRequest(deps, caller, { purpose: 'backup', request, ...backupNeeds(request) });
    },
  },
  packBackup: { by: 'seal', check: async (deps, caller, grant) => backupMustBeGranted(deps, caller, grant) },
  sendBackup: {
    by: 'seal',
    async check(deps, caller, grant, place) {
      backupMustBeGranted(deps, caller, grant);
      if (!grant.places.includes(place)) throw notAllowed(caller, 'the destination is not one of its grant');
    },
  },
  endBackup: { by: 'seal', check: async (deps, caller, grant) => backupMustBeGranted(deps, caller, grant) },
  removeBackups: { by: 'seal', check: async (deps, caller, grant) => pruneMustBeGranted(deps, caller, grant) },
  endPrune: { by: 'seal', check: async (deps, caller, grant) => pruneMustBeGranted(deps, caller, grant) },
  surveyImpact: {
    by: 'seal',
    check: async (deps, caller, plan, request) => planMustBeSealed(deps, caller, plan, request),
  },
  claimSecrets: {
    by: 'seal',
    check: async (deps, caller, claims, seal) => mustFit(deps, caller, claimsSeal(caller, claims), seal),
  },
  appendCommit: {
    by: 'seal',
    async check(deps, caller, request, _workflowId, plan, claimed) {
      planMustBeSealed(deps, caller, plan, request);
      if (request.isPreview === true) throw notAllowed(caller, 'a dry run commits nothing');
      if (plan.claims !== undefined) mustFit(deps, caller, claimedSeal(caller, plan.claims), claimed);
      await mustNotHaveEnded(deps, caller, request.id);
      deps.ownSteps.add(request.id, 'appending');
    },
  },
  authorizeStep: { by: 'seal', check: async (deps, caller, grant) => grantMustBeSealed(deps, caller, grant) },
  repairProxies: { by: 'seal', check: async (deps, caller, _names, grant) => grantMustBeSealed(deps, caller, grant) },
  repairIdentity: { by: 'seal', check: async (deps, caller, grant) => grantMustBeSealed(deps, caller, grant) },
  undoCommit: {
    by: 'own commit',
    async check(deps, caller, id, _reason, request) {
      const commit = await ownCommit(deps, caller, id);
      if (commit === 'ended') throw notAllowed(caller, 'the operation has ended; undo it with: hecate update undo');
      if (commit === null) await mustBeTaken(deps, caller, id, request);
      if (deps.ownSteps.has(id, 'ended')) throw notAllowed(caller, 'the operation has its outcome');
      deps.ownSteps.add(id, 'undone');
    },
  },
  recordOutcome: {
    by: 'own commit',
    async check(deps, caller, id, result, _detail, _behind, _attempt, allowedBy, undone): Promise<Recordable> {
      const recordable =
        result === 'completed'
          ? await completed(deps, caller, id, allowedBy)
          : await notCompleted(deps, caller, { id, result, allowedBy, undone });
      if (!recordable.isEnded) deps.ownSteps.add(id, 'ended');
      return recordable;
    },
  },
  verifyProxies: {
    by: 'own commit',
    async check(deps, caller, plan, position, except = [], request, given) {
      if (!isPlanSealed(deps, caller, plan, request)) {
        await mustBeOpen(deps, caller, isObject(plan) ? plan.id : undefined);
        return null;
      }
      const pass = passFor(deps, caller, { id: plan.id, position }, given);
      const skipped: readonly unknown[] = Array.isArray(except) ? except : [null];
      const isWhole = skipped.every((name) => pass?.refused.some((refused) => refused === name));
      return pass !== null && isWhole && !stillNeeds(pass, 'proxies') ? pass : null;
    },
  },
  convergeProxies: {
    by: 'follows the log',
    check: async (deps, caller, id, position, pass) => passFor(deps, caller, { id, position }, pass),
  },
  convergeIdentity: {
    by: 'follows the log',
    async check(deps, caller, id, position, phases, isOptional, pass) {
      const isWhole = Array.isArray(phases) && phases.includes('provide') && isOptional !== true;
      return isWhole ? passFor(deps, caller, { id, position }, pass) : null;
    },
  },
  verifyIdentity: {
    by: 'follows the log',
    async check(deps, caller, _hosts, given) {
      const pass = heldPass(deps, caller, given);
      return pass === null || stillNeeds(pass, 'identity') ? null : pass;
    },
  },
  applyIdentity: {
    by: 'follows the log',
    /** Returns the sequence of the last complete run, as far as a worker sealed it; null: there was none. */
    async check(deps, caller, phase, since): Promise<number | null> {
      const { identityWriterId } = deps;
      // authentik has no conditional writes, so only one workflow may write.
      if (caller.isStandalone || caller.workflowId !== identityWriterId) {
        throw notAllowed(caller, `only the workflow ${identityWriterId} may write`);
      }
      const isPhase = phase === 'provide' || phase === 'withdraw';
      if (!isPhase || (since !== null && !Number.isInteger(since) && !isObject(since)))
        throw notAllowed(caller, 'its input is none of ours');
      // A number is that of a worker before 0.6, or of somebody else.
      if (!isObject(since)) return null;
      const { logId, state } = await deps.log.view();
      const { sequence, seal } = since;
      const run = { phase, sequence, problems: [] } as const;
      if (!sealFits(deps, identitySeal(logId, run), seal)) return null;
      // The log was restored from an older copy.
      return sequence > (state.head?.sequence ?? 0) ? null : sequence;
    },
  },
  tendRotation: followsTheLog,
  advanceRotation: {
    by: 'follows the log',
    async check(deps, caller, name) {
      // Two runs at once would issue two credentials.
      const workflowId = rotationWorkflowId(prefixIn(deps.identityWriterId), name);
      if (caller.isStandalone || caller.workflowId !== workflowId) {
        throw notAllowed(caller, `only the workflow ${bounded(workflowId)} may call it`);
      }
    },
  },
  tendCanary: followsTheLog,
  readBypass: followsTheLog,
  convergeSchedules: {
    by: 'follows the log',
    check: async (deps, caller, _names, pass) => heldPass(deps, caller, pass),
  },
  // The log says what a schedule runs, and when; the result is sealed.
  admitScheduledRun: { by: 'follows the log', check: async (_deps, caller) => mustBeWorkflow(caller) },
  authorizeRotation: {
    by: 'seal',
    async check(deps, caller, grant) {
      if (!isObject(grant)) throw unsealed(caller);
      mustFit(deps, caller, rotateGrantSeal(caller, grant), grant.seal);
    },
  },
  lookAtRotation: followsTheLog,
  authorizeBackup: {
    by: 'seal',
    async check(deps, caller, grant) {
      if (!isObject(grant)) throw unsealed(caller);
      mustFit(deps, caller, backupRunSeal(caller, grant), grant.seal);
    },
  },
  removeShipped: {
    by: 'seal',
    async check(deps, caller, grant) {
      if (!isObject(grant)) throw unsealed(caller);
      mustFit(deps, caller, backupRunSeal(caller, grant), grant.seal);
    },
  },
  shipCommits: {
    by: 'follows the log',
    async check(deps, caller) {
      // Two runs at once would ship everything twice.
      const workflowId = continuousBackupWorkflowId(prefixIn(deps.identityWriterId));
      if (caller.isStandalone || caller.workflowId !== workflowId) {
        throw notAllowed(caller, `only the workflow ${bounded(workflowId)} may call it`);
      }
    },
  },
  recordDrill: {
    by: 'proof',
    async check(deps, caller, request) {
      mustBeWorkflow(caller);
      return verifyRequest(deps, caller, { purpose: 'drill', request, needs: 'operator', what: 'backup drill' });
    },
  },
  drillBackup: {
    by: 'seal',
    async check(deps, caller, grant) {
      if (!isObject(grant)) throw unsealed(caller);
      mustFit(deps, caller, drillRunSeal(caller, grant), grant.seal);
    },
  },
  lookAtProbation: followsTheLog,
  lookAtCanary: {
    by: 'follows the log',
    check: async (deps, _caller, domain, _now, memory) =>
      isObject(memory) && sealFits(deps, memorySeal(domain, memory), memory.seal) ? memory : null,
  },
  sendAlert: {
    by: 'seal',
    async check(deps, caller, notification) {
      if (!isObject(notification)) throw unsealed(caller);
      const { sink, seal } = notification;
      const workflowId = deliverAlertsId(prefixIn(deps.identityWriterId), String(sink));
      // Two runs at once would tell it everything twice.
      if (caller.isStandalone || caller.workflowId !== workflowId) {
        throw notAllowed(caller, `only the workflow ${bounded(workflowId)} may call it`);
      }
      const { logId } = await deps.log.view();
      if (!sealFits(deps, alertSeal(logId, workflowId, notification), seal)) throw unsealed(caller);
    },
  },
  testAlertSink: {
    by: 'proof',
    check: (deps, caller, question) => {
      const isDryRun = isObject(question) && question.isDryRun === true;
      const needs = isDryRun ? 'viewer' : 'operator';
      return verifyRequest(deps, caller, { purpose: 'alert-test', request: question, needs, what: 'test alert' });
    },
  },
  refuseInput: {
    by: 'nothing',
    async check(_deps, _caller, input): Promise<never> {
      const { entry, name, call, given } = isObject(input) ? input : ({} as Readonly<Record<string, unknown>>);
      const kind = entry === 'signal' || entry === 'update' ? entry : 'workflow';
      throw unproven('input-malformed', {
        message: `the ${kind} ${bounded(name)} was refused: Hecate takes no such input: ${bounded(given)}`,
        hint: 'Start operations with the commands of Hecate.',
        of: [kind, name, call, given].map(bounded).join(' '),
      });
    },
  },
} as const satisfies { readonly [Name in keyof WorkerActivities]: Guard<Name> };

/** What an outcome may record: nothing of an operation that has one, and else only facts that were verified. */
export type Recordable =
  | { readonly isEnded: true }
  /** `left`: proxies that converging did not update. */
  | { readonly isEnded: false; readonly attempt?: Attempt; readonly left?: readonly string[] };

/** An outcome other than `completed`, with what proves it. */
interface Ending {
  readonly id: string;
  readonly result: unknown;
  readonly allowedBy: unknown;
  readonly undone: unknown;
}

/** A commit is completed when a worker did every step that its plan needs, and nobody undid it. */
async function completed(deps: Verifying, caller: Caller, id: string, allowedBy: unknown): Promise<Recordable> {
  const pass = heldPass(deps, caller, allowedBy);
  if (pass?.id !== id || pass.needs.length > 0) {
    if ((await ownCommit(deps, caller, id)) === 'ended') return { isEnded: true };
    const missing = pass?.id === id ? `, which lacks: ${pass.needs.map(stepName).join(', ')}` : '';
    throw notAllowed(caller, `only an operation that was carried out and verified is completed${missing}`);
  }
  const { ownSteps, log } = deps;
  // Another worker may have undone what this one did not commit.
  const isForeign = !ownSteps.has(id, 'committed');
  const isUndone = isForeign && (await log.find(undoId(id)))?.message.type === 'committed';
  if (isUndone || ownSteps.has(id, 'undone')) throw notAllowed(caller, 'the commit was undone');
  return { isEnded: false, left: [...pass.behind, ...pass.refused] };
}

async function notCompleted(deps: Verifying, caller: Caller, ending: Ending): Promise<Recordable> {
  const { id, result, allowedBy } = ending;
  const commit = await ownCommit(deps, caller, id);
  if (commit === 'ended') return { isEnded: true };
  if (commit !== null) {
    if (await isUndoProven(deps, caller, ending)) return { isEnded: false };
    throw notAllowed(caller, `the commit is not ${bounded(result)}`);
  }
  const { request, proof } = await mustBeTaken(deps, caller, id, allowedBy);
  const isUncommitted = result === 'refused' || result === 'cancelled' || result === 'failed';
  if (!isUncommitted && !(await isUndoProven(deps, caller, ending))) {
    throw notAllowed(caller, `the operation is not ${bounded(result)}`);
  }
  if (deps.ownSteps.has(id, 'appending')) throw notAllowed(caller, 'its commit is being written');
  return { isEnded: false, attempt: attemptOf(request, proof, caller) };
}

/** Returns true when the log has the undo, or blocks the id, or a worker sealed that undoing failed. */
async function isUndoProven(deps: Verifying, caller: Caller, { id, result, undone }: Ending): Promise<boolean> {
  if (result === 'stuck') {
    const { message, seal } = isObject(undone) ? undone : {};
    return typeof message === 'string' && fits(deps, caller, stuckSeal(caller, id, message), seal);
  }
  if (result !== 'undone') return false;
  if ((await deps.log.find(undoId(id)))?.message.type === 'committed') return true;
  return (await deps.log.find(id))?.message.type === 'aborted';
}

function stepName(need: string): string {
  return need.split(' ', 1)[0] ?? need;
}

/** Returns the pass of this very commit; null: the caller has none. */
function passFor(
  deps: Verifying,
  caller: Caller,
  { id, position }: { readonly id: unknown; readonly position: unknown },
  given: unknown,
): CommitPass | null {
  const pass = heldPass(deps, caller, given);
  const isSame = pass !== null && pass.id === id && isObject(position) && position.sequence === pass.sequence;
  return isSame ? pass : null;
}

/** A commit after its outcome would stay open for ever. A commit that the log has already is not written again. */
async function mustNotHaveEnded({ ownSteps, log }: Verifying, caller: Caller, id: string): Promise<void> {
  const isForeign = !ownSteps.has(id, 'planned') && (await log.outcome(id)) !== null;
  if (!isForeign && !ownSteps.has(id, 'ended')) return;
  if ((await log.find(id)) === null) throw notAllowed(caller, 'the operation has its outcome');
}

/** Verifies the request of an operation or a dry run. */
async function verifyOperation(deps: Verifying, caller: Caller, request: unknown): Promise<Authority> {
  const { operation, isPreview } = isObject(request) ? request : {};
  // A dry run is answered by a workflow or by a standalone activity; an operation belongs to its workflow.
  if (isPreview === true)
    return verifyRequest(deps, caller, { purpose: 'preview', request, needs: 'viewer', what: 'a dry run' });
  mustBeWorkflow(caller);
  const needs = roleFor(operationOf(String(operation)) ?? {});
  return verifyRequest(deps, caller, { purpose: 'operation', request, needs, what: bounded(operation) });
}

function verifyInspection(deps: Verifying, caller: Caller, request: unknown): Promise<Authority> {
  return verifyRequest(deps, caller, { purpose: 'inspection', request, needs: 'viewer', what: 'a read' });
}

/** Verifies a request again that this run carries out, and that it is the one of this id. */
async function mustBeTaken(
  deps: Verifying,
  caller: Caller,
  id: string,
  request: unknown,
): Promise<{ readonly request: ProvenRequest } & Pick<Authority, 'proof'>> {
  const { taken, proof } = await verifyOperation(deps, caller, request);
  await taken();
  const proven = request as ProvenRequest;
  if (proven.id !== id) throw notAllowed(caller, 'the id is that of another request');
  return { request: proven, proof };
}

/**
 * Returns the open commit of an id when the caller's workflow made it; `ended`: it has its outcome; null: the log has no commit
 * with this id. Throws for a commit of another workflow.
 */
async function ownCommit(deps: Verifying, caller: Caller, id: unknown): Promise<Commit | 'ended' | null> {
  const found = typeof id === 'string' ? await deps.log.find(id) : null;
  if (found?.message.type !== 'committed') return null;
  if (caller.isStandalone || found.message.workflowId !== caller.workflowId) {
    throw notAllowed(caller, 'the commit is that of another workflow');
  }
  const { state } = await deps.log.view();
  return state.open.has(found.message.id) ? found.message : 'ended';
}

/** The plan's commit must be the caller's own, and open: then a worker of ours planned it. */
async function mustBeOpen(deps: Verifying, caller: Caller, id: unknown): Promise<void> {
  const commit = await ownCommit(deps, caller, id);
  if (commit === null || commit === 'ended') throw notAllowed(caller, 'its workflow has no open commit');
}

/** Returns what the seal of a plan covers: the plan, and the request that it was made for. */
export function planSeal(
  run: Caller,
  { seal: _seal, ...plan }: Plan,
  { proof: _proof, ...request }: OperationRequest,
): SealedValue {
  return { use: 'plan', run, value: { plan, request } };
}

/** Returns what the seal of a canary's memory covers. It outlives a run, since a workflow continues as new with it. */
export function memorySeal(domain: string, { seal: _seal, ...memory }: KeptMemory): SealedValue {
  return { use: 'memory', run: null, value: { domain, memory } };
}

/** Returns what the seal of a run of the identity provider's writer covers. It outlives a run of its workflow. */
export function identitySeal(
  logId: string,
  { phase, sequence, problems }: Pick<SealedRun, 'phase' | 'sequence' | 'problems'>,
): SealedValue {
  return { use: 'identity run', run: null, value: { logId, phase, sequence, problems } };
}

/** Returns what the seal of a grant covers. */
export function grantSeal(
  run: Caller,
  { seal: _seal, ...grant }: Omit<ReconcileGrant, 'seal'> & { readonly seal?: string },
): SealedValue {
  return { use: 'grant', run, value: grant };
}

/** Returns what the seal of a grant to rotate secrets covers. */
export function rotateGrantSeal(
  run: Caller,
  { seal: _seal, ...grant }: Omit<RotateGrant, 'seal'> & { readonly seal?: string },
): SealedValue {
  return { use: 'rotation grant', run, value: grant };
}

/** Returns what the seal of a grant to make backups for a schedule covers. */
export function backupRunSeal(
  run: Caller,
  { seal: _seal, ...grant }: Omit<BackupRunGrant, 'seal'> & { readonly seal?: string },
): SealedValue {
  return { use: 'scheduled backup', run, value: grant };
}

/** Returns what the seal of a grant to drill for a schedule covers. */
export function drillRunSeal(
  run: Caller,
  { seal: _seal, ...grant }: Omit<DrillRunGrant, 'seal'> & { readonly seal?: string },
): SealedValue {
  return { use: 'scheduled drill', run, value: grant };
}

/** Returns what the seal of claims covers. */
export function claimsSeal(run: Caller, claims: readonly Claim[]): SealedValue {
  return { use: 'claims', run, value: claims };
}

/** Returns what the seal of a result of moving secrets covers. */
export function claimedSeal(run: Caller, claims: readonly Claim[]): SealedValue {
  return { use: 'claimed', run, value: claims };
}

/** Returns what the seal of a failed undo covers. */
export function stuckSeal(run: Caller, id: string, message: string): SealedValue {
  return { use: 'stuck', run, value: { id, message } };
}

function planMustBeSealed(deps: Verifying, caller: Caller, plan: unknown, request: unknown): void {
  if (!isPlanSealed(deps, caller, plan, request)) throw unsealed(caller);
}

function isPlanSealed(deps: Verifying, caller: Caller, plan: unknown, request: unknown): boolean {
  if (!isObject(plan) || !isObject(request)) return false;
  const given = plan as unknown as Plan;
  return fits(deps, caller, planSeal(caller, given, request as unknown as OperationRequest), given.seal);
}

function grantMustBeSealed(deps: Verifying, caller: Caller, grant: unknown): void {
  if (!isObject(grant)) throw unsealed(caller);
  const given = grant as unknown as ReconcileGrant;
  mustFit(deps, caller, grantSeal(caller, given), given.seal);
}

function backupMustBeGranted(deps: Verifying, caller: Caller, grant: unknown): void {
  if (!isObject(grant)) throw unsealed(caller);
  const given = grant as unknown as BackupGrant;
  mustFit(deps, caller, backupGrantSeal(caller, given), given.seal);
}

function pruneMustBeGranted(deps: Verifying, caller: Caller, grant: unknown): void {
  if (!isObject(grant)) throw unsealed(caller);
  const given = grant as unknown as PruneGrant;
  mustFit(deps, caller, pruneGrantSeal(caller, given), given.seal);
}

/** Returns the role that a backup needs. A schedule that an operator made also removes old ones, as the log says. */
function backupNeeds(request: unknown): { readonly needs: Role; readonly what: string } {
  const { isDryRun, operation, proof } = isObject(request) ? request : ({} as Readonly<Record<string, unknown>>);
  if (isDryRun === true) return { needs: 'viewer', what: 'a dry run' };
  const isOfWorker = isObject(proof) && proof['signer'] === null;
  if (operation === 'backup.prune' && !isOfWorker) return { needs: 'admin', what: 'backup prune' };
  return { needs: 'operator', what: 'a backup' };
}

function mustFit(deps: Verifying, caller: Caller, sealed: SealedValue, seal: unknown): void {
  if (!fits(deps, caller, sealed, seal)) throw unsealed(caller);
}

function fits(deps: Verifying, caller: Caller, sealed: SealedValue, seal: unknown): boolean {
  return !caller.isStandalone && sealFits(deps, sealed, seal);
}

function mustBeWorkflow(caller: Caller): void {
  if (caller.isStandalone) throw notAllowed(caller, 'it belongs to a workflow, and was started by itself');
}

function unsealed(caller: Caller) {
  return notAllowed(caller, 'its input does not have the seal of a worker for this run of the workflow');
}

function notAllowed({ activity }: Caller, why: string) {
  return unproven('activity-not-allowed', {
    message: `the activity ${bounded(activity)} was refused: ${why}`,
    hint: 'Start operations with the commands of Hecate. After a reset in the Web UI, or an upgrade during an operation, run the command again.',
  });
}

/** The facts of a verified request that its outcome names. */
function attemptOf(request: ProvenRequest, kept: Authority['proof'], { workflowId }: Caller): Attempt {
  const { operation, subject, actor, onBehalfOf, reason, proof } = request;
  const origin = {
    ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
    ...(kept === null ? {} : { proof: kept }),
    ...saidOrigin(request),
  };
  // A worker made the request for a step of a workflow.
  const isAutomatic = proof?.signer === null ? { isAutomatic: true as const } : {};
  return { operation, subject, actor, ...origin, reason, workflowId, ...isAutomatic };
}
