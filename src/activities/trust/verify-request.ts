import type { CommitProof } from '../../domain/log/commit.js';
import { all, find, type State } from '../../domain/log/state.js';
import { provenText, requestHash, type Proof, type Purpose, type Unproven } from '../../domain/trust/proof.js';
import { includesRole, type Role } from '../../domain/values/role.js';
import { isObject } from '../../domain/data/json.js';
import { keysOf } from '../../domain/resources/operator.js';
import type { LogView } from '../../ports/event-log.js';
import type { Dependencies } from '../dependencies.js';
import type { Caller } from './caller.js';
import { bounded } from './bounded.js';
import type { OwnSteps } from './own-steps.js';
import { unproven } from './unproven.js';

/** Dependencies for verifying requests. */
export type Verifying = Pick<
  Dependencies,
  'log' | 'now' | 'sha256' | 'verifySignature' | 'seals' | 'takenRequests' | 'identityWriterId'
> & { readonly ownSteps: OwnSteps };

/** Rights of the maker of a verified request. */
export interface Authority {
  readonly actor: string;
  readonly role: Role;
  readonly caller: Caller;
  /** The operator's signature with the key that it fits; null: a worker made the request. */
  readonly proof: CommitProof | null;
  /** The log as it was when the request was verified. Planning begins with it, so that signing costs no read of its own. */
  readonly view: LogView;
  /** Waits until the request is taken for this run. Throws when another run has taken it. */
  readonly taken: () => Promise<void>;
}

/** Name of the worker itself as an actor, for the steps of canaries and the ends of bypasses. */
export const WORKER = 'hecate';
/** Longest difference of the signer's clock and age of a request together. */
const VALID_MS = 300_000;
const TEXT_LIMIT = 256;
const IDS = /^[A-Za-z0-9_-]{1,64}$/;

/** A request of any kind, as far as its proof concerns it. */
interface Claimed {
  readonly id?: string;
  readonly actor: string;
  readonly proof: Proof;
}

/** A request to verify, and what it is for. */
export interface Asked {
  readonly purpose: Purpose;
  /** Anything that a caller may send. */
  readonly request: unknown;
  /** Lowest role for it. */
  readonly needs: Role;
  /** What needs that role, such as `route.create`. */
  readonly what: string;
}

/**
 * Verifies a request before anything else is done for it: who signed it, that nothing was altered, that it belongs to this
 * environment and to the calling workflow, that it is fresh and new, and that its operator has the role. Reads only the log
 * and the taken requests. Throws {@link unproven}.
 */
export async function verifyRequest(
  deps: Verifying,
  caller: Caller,
  { purpose, request, needs, what }: Asked,
): Promise<Authority> {
  const claimed = claimedOf(request);
  if (claimed === null) throw unsigned((await deps.log.view()).state);
  const text = textOf(deps, { purpose, workflowId: caller.workflowId, request: claimed });
  const textHash = deps.sha256(text);
  const [view, takenBy] = await Promise.all([deps.log.view(), deps.takenRequests.takenBy(textHash)]);
  const { state, logId } = view;
  const { actor, role, key } = signerOf(deps, { claimed, text, logId, state });
  if (takenBy !== null && takenBy !== caller.runId) throw replayed(actor);
  // The run that took it verified its age then; it may be planning again after it waited.
  if (takenBy === null) checkAge(deps.now(), { state, caller, claimed });
  const taking = deps.takenRequests.take(textHash, caller.runId);
  taking.catch(() => undefined);
  const taken = async () => {
    if (!(await taking)) throw replayed(actor);
  };
  if (!includesRole(role, needs)) {
    // Taken too, so that nobody starts it again once the operator has the role.
    await taken();
    throw roleTooLow({ actor, role, needs, what });
  }
  return { ...{ actor, role, caller, view, proof: proofOf(deps, claimed, key) }, taken };
}

/** Returns the authority of an operator for a run that was verified before; of the worker itself for `hecate`. Throws {@link unproven}. */
export async function authorityOf({ log }: Pick<Verifying, 'log'>, caller: Caller, actor: string): Promise<Authority> {
  const view = await log.view();
  const role = roleOf(view.state, actor);
  return { actor, role, caller, view, proof: null, taken: async () => undefined };
}

/** Returns the failure of an operator whose role is too low for what he asks. */
export function roleTooLow({
  actor,
  role,
  needs,
  what,
}: {
  readonly actor: string;
  readonly role: Role;
  readonly needs: Role;
  readonly what: string;
}) {
  return unproven('role-too-low', {
    message: `${actor} has the role ${role}; ${what} needs the role ${needs}`,
    hint: `Ask an admin for the role: hecate update operator --name ${actor} --role ${needs}`,
    signer: actor,
  });
}

/** Returns the request when it has a whole proof; null: it is unsigned. Throws for a malformed one. */
function claimedOf(request: unknown): Claimed | null {
  if (!isObject(request)) return null;
  const { proof, id, actor } = request;
  if (!isObject(proof) || typeof proof['signature'] !== 'string') return null;
  const { environment, at, signer, signature } = proof;
  const texts = [environment, at, signature, actor, ...(signer === null ? [] : [signer])];
  if (texts.some((text) => typeof text !== 'string' || text.length > TEXT_LIMIT)) throw altered('its operator');
  if (id !== undefined && (typeof id !== 'string' || !IDS.test(id))) throw altered('its operator');
  return request as unknown as Claimed;
}

/** The text that the proof must sign. A request that is nested too deeply for it is no request of a command. */
function textOf(
  { sha256 }: Pick<Verifying, 'sha256'>,
  { request, ...asked }: Unproven & { readonly request: Claimed },
): string {
  try {
    return provenText({ ...asked, request }, request.proof, sha256);
  } catch (error) {
    if (error instanceof RangeError) throw altered('its operator');
    throw error;
  }
}

/** Returns the actor whose signature fits, and the role that he has now. */
function signerOf(
  { verifySignature, seals }: Pick<Verifying, 'verifySignature' | 'seals'>,
  {
    claimed,
    text,
    logId,
    state,
  }: { readonly claimed: Claimed; readonly text: string; readonly logId: string; readonly state: State },
): { readonly actor: string; readonly role: Role; readonly key: string | null } {
  const { actor, proof } = claimed;
  const { environment, signer, signature } = proof;
  if (environment !== logId) throw foreign(environment, logId);
  if (signer === null) {
    if (!seals.holds(text, signature)) throw altered('a worker');
    return { actor, role: roleOf(state, actor), key: null };
  }
  const operator = find(state, 'Operator', signer)?.value;
  if (operator === undefined) throw unknownOperator(state, signer);
  const key = keysOf(operator).find((one) => verifySignature(one, text, signature));
  if (actor !== signer || key === undefined) throw altered(signer);
  return { actor, role: operator.role, key };
}

/** Returns the proof as the log keeps it. */
function proofOf({ sha256 }: Pick<Verifying, 'sha256'>, request: Claimed, key: string | null): CommitProof | null {
  const { at, signature } = request.proof;
  return key === null ? null : { key, at, request: requestHash(request, sha256), signature };
}

function roleOf(state: State, actor: string): Role {
  if (actor === WORKER) return 'operator';
  const operator = find(state, 'Operator', actor)?.value;
  if (operator === undefined) throw unknownOperator(state, actor);
  return operator.role;
}

/** An operation whose own commit is open goes on, however long it took: its signature was fresh when it was committed. */
function checkAge(
  now: string,
  { state, caller, claimed }: { readonly state: State; readonly caller: Caller; readonly claimed: Claimed },
): void {
  const ageMs = Date.parse(now) - Date.parse(claimed.proof.at);
  if (Math.abs(ageMs) <= VALID_MS) return;
  if (claimed.id !== undefined && state.open.get(claimed.id)?.workflowId === caller.workflowId) return;
  throw stale(ageMs, claimed.actor);
}

function unsigned(state: State) {
  if (all(state, 'Operator').length === 0) return withoutOperators();
  return unproven('request-unsigned', {
    message: 'the request is not signed',
    hint: 'Commands sign with the operator’s key in HECATE_OPERATOR_KEY_FILE, else operator.key in the home. An admin makes one: hecate create operator --name NAME --role operator',
  });
}

function withoutOperators() {
  return unproven('operators-missing', {
    message: 'the log names no operator, so no request can be verified',
    hint: 'On the machine of the worker run: hecate up. Without an embedded stack: hecate init operator --name NAME',
  });
}

function unknownOperator(state: State, name: string) {
  if (all(state, 'Operator').length === 0) return withoutOperators();
  return unproven('operator-unknown', {
    message: `${bounded(name)} is not an operator of this environment`,
    hint: 'See who is: hecate list operators. An admin adds one: hecate create operator --name NAME --role operator',
  });
}

function altered(signer: string) {
  return unproven('request-altered', {
    message: `the signature is not that of ${bounded(signer)} for this request and workflow: the request was altered, or another key signed it`,
    hint: 'Run the command again. If it is refused again, the key was replaced: ask an admin for a new one.',
  });
}

function foreign(environment: string, logId: string) {
  return unproven('request-foreign', {
    message: `the request is signed for the environment of the log ${bounded(environment)}; this worker serves the log ${logId}`,
    hint: 'Check that HECATE_HOME, HECATE_TEMPORAL_ADDRESS and HECATE_NATS_URL belong to one environment: hecate status',
  });
}

function replayed(signer: string) {
  return unproven('request-replayed', {
    message: 'the request was taken before, by another run',
    hint: 'Run the command again: each run signs a new request.',
    signer,
  });
}

function stale(ageMs: number, signer: string) {
  const minutes = Math.round(Math.abs(ageMs) / 60_000);
  if (ageMs < 0) {
    return unproven('request-stale', {
      message: `the request was signed ${minutes} min in the future: the clocks of the command’s and the worker’s machines differ`,
      hint: 'Set both clocks, for example with NTP. Then run the command again.',
      signer,
    });
  }
  return unproven('request-stale', {
    message: Number.isNaN(ageMs)
      ? 'the request does not name the time when it was signed'
      : `the request is ${minutes} min old (was no worker running?)`,
    hint: 'Run the command again. If it is refused again, compare the clocks of both machines.',
    signer,
  });
}
