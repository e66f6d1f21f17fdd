import { randomUUID } from 'node:crypto';
import { accessSync, constants, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { dirname } from 'node:path';
import { actorIn, changeOf } from '../../domain/log/commit.js';
import { find, openOn, type State } from '../../domain/log/state.js';
import { resourceKey } from '../../domain/resources/kinds.js';
import {
  KEY_ROTATION,
  keysOf,
  operatorOfSecret,
  operatorSecret,
  OWN_ACTOR,
  type Operator,
} from '../../domain/resources/operator.js';
import type { Credential, IssuedSecret, Issuer, OwnCredential } from '../../ports/credentials.js';
import type { EventLog } from '../../ports/event-log.js';
import { Failure } from '../../ports/failure.js';
import { readSecretFile } from '../files/secret-file.js';
import { readKeyFile, writeKeyFile, type OperatorSigner } from './key-file.js';
import { newOperatorKey, operatorSigner, verifySignature } from './operator-key.js';

/** The log that names the operators, and the file with the key of the one who uses this home. */
export interface OperatorKeyOfHome {
  readonly log: EventLog;
  readonly keyFile: string;
  /** ISO 8601 UTC. */
  readonly now: () => string;
  /** Returns the id of the workflow that rotates a secret, in whose name the log is written. */
  readonly workflowId: (secret: string) => string;
  /** Time (ms) for which a key stays valid after the file has another one; a command reads the file before it signs. */
  readonly lastRequestsMs?: number;
}

/** Longest time (ms) from the reading of a key to the check of what it signed, with commands that start slowly. */
const LAST_REQUESTS_MS = 3_000;

/**
 * Creates the issuer of the kind `operator-key`. The log accepts the keys: the new one becomes valid beside the old one before
 * the file gets it. A key is only replaced where the file has a valid one of that operator, so nobody gains the rights of
 * another by a rotation. The key in the file stays valid at every moment, so a failure locks nobody out.
 */
export function createOperatorKeyIssuer(home: OperatorKeyOfHome): Issuer {
  const { log, keyFile, lastRequestsMs = LAST_REQUESTS_MS } = home;

  /** Returns the operator of a secret as the log has it. */
  const operatorOf = async ({ name }: IssuedSecret): Promise<Operator> => {
    const operator = operatorOfSecret(name);
    const held = find((await log.view()).state, 'Operator', operator)?.value;
    if (held !== undefined) return held;
    throw new Failure('missing', `${operator} is not an operator any more`, {
      hint: `Create it: hecate create operator --name ${operator} --role operator`,
    });
  };
  /** Returns the key in the file, which must be a valid one of that operator. */
  const keyHere = (operator: Operator): OperatorSigner => {
    const key = readKeyFile(keyFile);
    if (key?.operator === operator.name && keysOf(operator).includes(key.publicKey)) return key;
    const what = key === null ? 'does not exist' : `holds no valid key of ${operator.name}`;
    throw new Failure('conflict', `the key of operator ${operator.name} is not in this home: ${keyFile} ${what}`, {
      hint: `Where that key is, an admin replaces it: hecate update operator --name ${operator.name} --new-key`,
    });
  };
  const change = (secret: IssuedSecret, decide: (held: Operator) => Operator | null, reason: string) =>
    changeOperator(home, secret, decide, reason);

  return {
    async preflight(secret) {
      keyHere(await operatorOf(secret));
      try {
        accessSync(dirname(keyFile), constants.W_OK);
      } catch (cause) {
        throw new Failure('denied', `cannot write ${keyFile}: ${(cause as NodeJS.ErrnoException).code}`, {
          hint: `Give the worker’s user the right to write the folder ${dirname(keyFile)}.`,
          cause,
        });
      }
    },
    async issue({ name }) {
      const { privateText, publicKey } = newOperatorKey(operatorOfSecret(name));
      return { value: { privateText, publicKey }, plain: null };
    },
    async distribute(secret, next) {
      const key = signerOf(next);
      await change(
        secret,
        (held) => {
          const here = keyHere(held).publicKey;
          if (keysOf(held).includes(key.publicKey)) return null;
          // The log may have another key in force than the file, after a rotation whose old key stayed valid.
          return { ...held, publicKey: here, secondKey: key.publicKey };
        },
        'both keys are valid while the key is rotated',
      );
      const operator = await operatorOf(secret);
      if (keyHere(operator).publicKey === key.publicKey) return;
      if (!keysOf(operator).includes(key.publicKey)) {
        throw new Failure(
          'conflict',
          `the new key of ${operator.name} is not valid any more: somebody changed the operator`,
          {
            hint: `See its keys: hecate read operator --name ${operator.name}`,
          },
        );
      }
      writeKeyFile(keyFile, textOf(next));
    },
    async prove(secret, next) {
      const operator = await operatorOf(secret);
      const key = keyHere(operator);
      const text = `proof of a rotation ${randomUUID()}`;
      const isProven = keysOf(operator).some((one) => verifySignature(one, text, key.sign(text)));
      if (!isProven || key.publicKey !== signerOf(next).publicKey) {
        throw new Failure(
          'conflict',
          `${keyFile} does not hold the new key of ${operator.name}: somebody replaced it`,
          {
            hint: `See whose key it is: hecate read operator --name ${operator.name}`,
          },
        );
      }
      return [{ name: `commands with ${keyFile}`, since: home.now() }];
    },
    async takeBack(secret, former) {
      const operator = await operatorOf(secret);
      const { publicKey } = signerOf(former);
      // A key that an admin has replaced meanwhile is not brought back.
      if (!keysOf(operator).includes(publicKey)) return;
      if (keyHere(operator).publicKey !== publicKey) writeKeyFile(keyFile, textOf(former));
    },
    async revoke(secret, edition, credential) {
      const revoked = credential === null ? null : signerOf(credential).publicKey;
      const { strategy, former } = secret.rotation ?? {};
      // Without a grace the old key may have leaked, so it is not kept valid for commands that have read it.
      if (strategy !== 'immediate' || edition !== former?.edition) await lastRequests(keyFile, lastRequestsMs);
      await change(
        secret,
        (held) => {
          const keys = keysOf(held);
          if (revoked === null ? keys.length === 1 : !keys.includes(revoked)) return null;
          const { publicKey } = keyHere(held);
          if (publicKey === revoked) {
            throw new Failure('conflict', `${keyFile} holds the key that is to be revoked`, {
              hint: `An admin replaces it: hecate update operator --name ${held.name} --new-key`,
            });
          }
          return { name: held.name, role: held.role, publicKey };
        },
        'only one key is valid again',
      );
    },
    async isAccepted({ name }, credential) {
      const held = find((await log.view()).state, 'Operator', operatorOfSecret(name))?.value;
      return held !== undefined && keysOf(held).includes(signerOf(credential).publicKey);
    },
  };
}

/** Finds the key of the operator who uses this home, when it is a valid one. A file that cannot be used has none. */
export async function ownOperatorKey(log: Pick<EventLog, 'view'>, keyFile: string): Promise<readonly OwnCredential[]> {
  const key = usableKey(keyFile);
  if (key === null) return [];
  const held = find((await log.view()).state, 'Operator', key.signer.operator)?.value;
  const name = operatorSecret(key.signer.operator);
  if (name === null || held === undefined || !keysOf(held).includes(key.signer.publicKey)) return [];
  const value = { privateText: key.privateText, publicKey: key.signer.publicKey };
  return [{ name, kind: 'operator-key', value, plain: null }];
}

function usableKey(keyFile: string): { readonly signer: OperatorSigner; readonly privateText: string } | null {
  try {
    const signer = readKeyFile(keyFile);
    return signer === null ? null : { signer, privateText: readSecretFile(keyFile) };
  } catch {
    return null;
  }
}

/**
 * Appends a change of the operator of a secret with its outcome, in the name of who began the rotation. `decide` returns null
 * where nothing is to be changed. A second attempt finds the change made.
 */
async function changeOperator(
  { log, now, workflowId }: OperatorKeyOfHome,
  { name: secret }: IssuedSecret,
  decide: (held: Operator) => Operator | null,
  reason: string,
): Promise<void> {
  const name = operatorOfSecret(secret);
  for (;;) {
    const { state } = await log.view();
    const held = find(state, 'Operator', name)?.value;
    if (held === undefined) return;
    refuseMeanwhile(state, name, workflowId(secret));
    const after = decide(held);
    if (after === null) return;
    const { actor, onBehalfOf = actor } = actorIn(find(state, 'Secret', secret)?.value.rotation?.by ?? OWN_ACTOR);
    const draft = {
      id: randomUUID().slice(0, ID_LENGTH),
      at: now(),
      actor: OWN_ACTOR,
      ...(onBehalfOf === OWN_ACTOR ? {} : { onBehalfOf }),
      reason: `rotation of ${secret}: ${reason}`,
      operation: KEY_ROTATION,
      workflowId: workflowId(secret),
      changes: [changeOf('Operator', name, held, after)],
    };
    const { kind } = await log.append(draft, state.head);
    if (kind === 'moved') continue;
    return log.record({ id: draft.id, at: now(), result: 'completed', detail: null, behind: [] });
  }
}

const ID_LENGTH = 13;

/** Throws `unavailable` while an operation of another workflow changes the operator: its undo would bring back the keys before. */
function refuseMeanwhile(state: State, name: string, workflowId: string): void {
  const [other] = openOn(state, new Set([resourceKey('Operator', name)]), '').filter(
    (open) => open.workflowId !== workflowId,
  );
  if (other === undefined) return;
  throw new Failure('unavailable', `the operation ${other.workflowId} changes operator ${name} and has not ended yet`);
}

/** Waits until commands that read the file before its last change have had their requests checked. */
async function lastRequests(keyFile: string, ms: number): Promise<void> {
  const changed = statSync(keyFile, { throwIfNoEntry: false })?.mtimeMs;
  if (changed === undefined) return;
  const left = Math.min(ms, changed + ms - Date.now());
  if (left > 0) await sleep(left);
}

function textOf({ value }: Pick<Credential, 'value'>): string {
  const text = value['privateText'];
  if (typeof text === 'string') return text;
  throw new Failure('missing', 'Vault holds no key of an operator for this edition', {
    system: 'vault',
    hint: 'Restore the data of Vault.',
  });
}

function signerOf(credential: Pick<Credential, 'value'>): ReturnType<typeof operatorSigner> {
  return operatorSigner(textOf(credential), 'the value in Vault');
}
