import { prefixIn } from '../../domain/values/environment-name.js';
import { find } from '../../domain/log/state.js';
import { isCommitted } from '../../domain/secrets/rotation.js';
import { endOfFormer } from '../../domain/secrets/rotation-words.js';
import { notOwnKey } from '../../operations/rules/operator-key.js';
import { needsFile, secretKindOf } from '../../domain/secrets/kinds.js';
import { operationWorkflowId, type OperationActivities } from '../../workflows/contracts/operation.js';
import type { OperationRequest } from '../../workflows/contracts/plan.js';
import type { RotateGrant, RotationLook, RotationStart } from '../../workflows/contracts/rotate-run.js';
import type { Dependencies } from '../dependencies.js';
import type { Caller } from '../trust/caller.js';
import { sealedRequest } from '../trust/sealed-request.js';

/** Dependencies for starting the rotations of a schedule. */
export type StartingRotations = Pick<Dependencies, 'log' | 'now' | 'sha256' | 'seals' | 'newId'> & {
  readonly recordOutcome: OperationActivities['recordOutcome'];
};

/**
 * Returns the sealed request to rotate a secret of a grant. Skips a secret that is being rotated, was deleted, or cannot be
 * rotated like that, and records that in the history.
 */
export async function authorizeRotation(
  deps: StartingRotations,
  caller: Caller,
  { grant, secret }: { readonly grant: RotateGrant; readonly secret: string },
): Promise<RotationStart> {
  const message = grant.secrets.includes(secret)
    ? await whySkipped(deps, grant, secret)
    : 'it is not one of this schedule';
  if (message !== null) {
    await recordSkipped(deps, caller, { grant, secret, message });
    return { kind: 'skipped', message };
  }
  const { strategy, grace, actor, onBehalfOf, reason } = grant;
  // An immediate rotation has no grace period.
  const input = { name: secret, strategy, ...(strategy === 'immediate' ? {} : { grace }) };
  const request: OperationRequest = {
    ...{ id: deps.newId(), operation: 'secret.rotate', subject: secret, input, actor, reason },
    ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
  };
  const workflowId = operationWorkflowId(prefixIn(caller.workflowId), request);
  return { kind: 'start', request: await sealedRequest(deps, { purpose: 'operation', workflowId, request }) };
}

async function whySkipped({ log }: StartingRotations, grant: RotateGrant, name: string): Promise<string | null> {
  const { state } = await log.view();
  const secret = find(state, 'Secret', name)?.value;
  if (secret === undefined) return 'it was deleted';
  const foreign = notOwnKey(state, secret, grant.actor);
  if (foreign) return foreign.message;
  const { rotation, kind } = secret;
  const { dualSecretProblem } = secretKindOf(kind).rotation;
  if (grant.strategy === 'dual-secret' && dualSecretProblem !== null) {
    return `dual-secret is not possible for ${kind}: ${dualSecretProblem}. Give it a schedule of its own: hecate create schedule rotate --name ${name} --strategy immediate`;
  }
  if (needsFile(secret)) {
    return `a person brings each value: hecate update secret rotate --name ${name} --from-file FILE`;
  }
  const isWaiting = rotation?.phase === 'grace' && rotation.grace === 'until-next';
  if (rotation === null || isWaiting) return null;
  const how = rotation.isStuck ? ', stuck' : rotation.isHeld ? ', held' : '';
  return `it is being rotated already, by ${rotation.by} since ${rotation.startedAt} (phase ${rotation.phase}${how}). See: hecate read secret status --name ${name}`;
}

async function recordSkipped(
  { recordOutcome }: StartingRotations,
  { workflowId, runId }: Caller,
  { grant, secret, message }: { readonly grant: RotateGrant; readonly secret: string; readonly message: string },
): Promise<void> {
  const { schedule, actor, onBehalfOf, reason } = grant;
  await recordOutcome(`schedule-run:${runId}/${secret}`, 'refused', `secret ${secret} was skipped: ${message}`, [], {
    ...{ operation: 'schedule.run', subject: schedule, actor, reason, workflowId, isAutomatic: true },
    ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
  });
}

const SHORT_GRACE_MS = 60_000;

/**
 * Reads in the log how far a rotation is. It is done when its new value is in force and it is at its end or in its grace
 * period, unless that ends within a minute. `id` null: whichever rotation of the secret is the last.
 */
export async function lookAtRotation(
  { log, now }: Pick<Dependencies, 'log' | 'now'>,
  name: string,
  id: string | null,
): Promise<RotationLook> {
  const secret = find((await log.view()).state, 'Secret', name)?.value;
  if (secret === undefined) return { state: 'failed', text: 'it was deleted while it was rotated' };
  const { rotation, lastRotation, version } = secret;
  if (rotation !== null && (id === null || rotation.id === id)) {
    const { phase, problem, isStuck, grace, graceUntil } = rotation;
    const why = problem === null ? '' : `: ${problem}`;
    if (isStuck) return { state: 'failed', text: `stuck in the phase ${phase}${why}` };
    const endsSoon = graceUntil !== null && Date.parse(graceUntil) - Date.parse(now()) < SHORT_GRACE_MS;
    if (phase !== 'grace' || !isCommitted(rotation) || endsSoon)
      return { state: 'running', text: `in the phase ${phase}${why}` };
    const until = grace === 'until-next' ? 'the next rotation' : (graceUntil ?? grace);
    return { state: 'done', text: `version ${version} is in force; the old one is valid until ${until}` };
  }
  if (lastRotation === null || (id !== null && lastRotation.id !== id)) {
    return { state: 'failed', text: 'the log has no rotation of it any more' };
  }
  const { result, problem } = lastRotation;
  if (result === 'completed')
    return { state: 'done', text: `version ${version} is in force, and ${endOfFormer(secret, version - 1)}` };
  if (result === 'undone') return { state: 'failed', text: `undone${problem === null ? '' : `: ${problem}`}` };
  return { state: 'failed', text: `revoked, but still accepted${problem === null ? '' : `: ${problem}`}` };
}
