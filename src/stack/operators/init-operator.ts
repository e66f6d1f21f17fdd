import { randomBytes } from 'node:crypto';
import { existsSync, renameSync } from 'node:fs';
import { readKeyFile, writeKeyFile, type OperatorSigner } from '../../adapters/keys/key-file.js';
import { newOperatorKey } from '../../adapters/keys/operator-key.js';
import { createEventLog } from '../../adapters/log/event-log.js';
import { checkContinuity, type ContinuityFiles } from '../../adapters/log/log-continuity.js';
import type { NatsLocation } from '../../adapters/log/nats/connect-nats.js';
import { changeOf } from '../../domain/log/commit.js';
import { all, find, type State } from '../../domain/log/state.js';
import { keysOf, OWN_ACTOR, type Operator } from '../../domain/resources/operator.js';
import type { Role } from '../../domain/values/role.js';
import type { EventLog } from '../../ports/event-log.js';
import { Failure } from '../../ports/failure.js';

/** The log that names the operators, and the file for the key of one of them. */
export interface OperatorsPlace {
  /** NATS with the worker's seed: who has it may change operators without being one. */
  readonly nats: NatsLocation;
  /** Records of the home about its log; a log that was lost or restored is not written. */
  readonly files: ContinuityFiles;
  /** File for the private key. */
  readonly keyFile: string;
}

/** Result of {@link ensureFirstOperator}: the operator that was made; null: the log had operators already. */
export type FirstOperator = Pick<Operator, 'name' | 'role'> | null;

/** Begins the workflow id of a change of operators that no workflow made. */
const INIT = 'init';

/**
 * Makes the first operator, an admin, when the log has none, and writes its private key into the file; a key that is there
 * is used. Idempotent, also after a crash at any point. Throws `unavailable`, `denied`, `missing` (no log) or `lost`.
 */
export async function ensureFirstOperator(place: OperatorsPlace, name: string): Promise<FirstOperator> {
  return withLog(place, async (log) => {
    const { state } = await log.view();
    if (all(state, 'Operator').length > 0) return null;
    const key = readKeyFile(place.keyFile) ?? newKey(place.keyFile, name);
    const operator: Operator = { name: key.operator, role: 'admin', publicKey: key.publicKey };
    await change(log, operator, 'first operator');
    return operator;
  });
}

/** Options of {@link initOperator}. */
export interface InitOperator {
  readonly name: string;
  /** Default: admin for a new operator, and the present role of one that exists. */
  readonly role?: Role;
}

/**
 * Creates an operator with a new key in the place's file, or gives one that exists a new key. It needs no operator's key but
 * the worker's seed, so it is the way back when all keys of admins are lost. Throws `conflict` when the file has the key of
 * another operator, and for the last admin who would lose its role.
 */
export async function initOperator(place: OperatorsPlace, { name, role }: InitOperator): Promise<Operator> {
  return withLog(place, async (log) => {
    const { state } = await log.view();
    refuseOtherKey(state, place.keyFile, name);
    const held = find(state, 'Operator', name)?.value;
    const wanted = role ?? held?.role ?? 'admin';
    refuseLastAdmin(state, name, wanted);
    // The key before stays until the log has the new one.
    const next = `${place.keyFile}.new`;
    const { publicKey } = newKey(next, name);
    const operator: Operator = { name, role: wanted, publicKey };
    await change(log, operator, 'hecate init operator');
    renameSync(next, place.keyFile);
    return operator;
  });
}

function refuseOtherKey(state: State, keyFile: string, name: string): void {
  if (!existsSync(keyFile)) return;
  const other = readKeyFile(keyFile);
  if (other === null || other.operator === name) return;
  const held = find(state, 'Operator', other.operator)?.value;
  if (held === undefined || !keysOf(held).includes(other.publicKey)) return;
  throw new Failure('conflict', `${keyFile} has the key of operator ${other.operator}`, {
    hint: `Name another file: HECATE_OPERATOR_KEY_FILE=FILE hecate init operator --name ${name}`,
  });
}

function refuseLastAdmin(state: State, name: string, role: Role): void {
  const others = all(state, 'Operator').filter((one) => one.name !== name && one.value.role === 'admin');
  if (role === 'admin' || others.length > 0) return;
  throw new Failure('conflict', `no admin would be left`, {
    hint: `Make an admin: hecate init operator --name ${name} --role admin`,
  });
}

/** Opens the log for a change. Completes the outcomes of earlier changes that a crash left open. */
async function withLog<T>({ nats, files }: OperatorsPlace, use: (log: EventLog) => Promise<T>): Promise<T> {
  const log = await createEventLog({ ...nats, onWarning: () => undefined });
  try {
    await checkContinuity(log, files);
    const { state } = await log.view();
    const left = [...state.open.values()].filter(({ workflowId }) => workflowId.startsWith(`${INIT}/`));
    for (const { id } of left) await recordCompleted(log, id);
    return await use(log);
  } finally {
    await log.close();
  }
}

/** Appends the commit of one operator, with its outcome. Others may append meanwhile. */
async function change(log: EventLog, after: Operator, reason: string): Promise<void> {
  const id = randomBytes(6).toString('hex');
  for (;;) {
    const { state } = await log.view();
    const before = find(state, 'Operator', after.name)?.value ?? null;
    const operation = before === null ? 'operator.create' : 'operator.update';
    const workflowId = `${INIT}/${operation}/${after.name}/${id}`;
    const changes = [changeOf('Operator', after.name, before, after)];
    const draft = { id, at: new Date().toISOString(), actor: OWN_ACTOR, reason, operation, workflowId, changes };
    const { kind } = await log.append(draft, state.head);
    if (kind === 'moved') continue;
    return recordCompleted(log, id);
  }
}

function recordCompleted(log: EventLog, id: string): Promise<void> {
  return log.record({ id, at: new Date().toISOString(), result: 'completed', detail: null, behind: [] });
}

function newKey(file: string, name: string): OperatorSigner {
  writeKeyFile(file, newOperatorKey(name).privateText);
  const key = readKeyFile(file);
  if (key !== null) return key;
  throw new Failure('unavailable', `${file} was deleted while it was written`, { hint: 'Run the command again.' });
}
