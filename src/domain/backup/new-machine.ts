import { changeOf, type Change, type LogEntry } from '../log/commit.js';
import { all, find, type State } from '../log/state.js';
import { OWN_ACTOR, operatorSecret, type Operator } from '../resources/operator.js';
import type { Secret } from '../resources/secret.js';
import type { SecretKindName } from '../secrets/kinds.js';

/** Operations of the commits that a new environment has before anybody has changed it. */
const FIRST_OPERATIONS: readonly string[] = ['operator.create', 'secret.register'];

/** Returns true for a message that a new environment has before anybody has changed it. Outcomes change nothing. */
export function isOfNewEnvironment({ message }: LogEntry): boolean {
  if (message.type !== 'committed') return true;
  return message.actor === OWN_ACTOR && FIRST_OPERATIONS.includes(message.operation);
}

/** Kinds of Hecate's own credentials that a system of this machine accepts, and that another machine's systems do not. */
const OF_MACHINE: readonly SecretKindName[] = ['nats-credentials', 'vault-approle', 'authentik-token'];

/** Result of {@link machineChanges}. */
export interface MachineChanges {
  readonly changes: readonly Change[];
  /** Names of the credentials that the log gets. */
  readonly credentials: readonly string[];
}

/**
 * Returns the changes by which a restored log gets the credentials of the machine that it is restored on, as the machine's first
 * log has them: their values stay where they are in Vault. A rotation of one that ran is dropped, since the systems with its
 * values are gone. `operator`: an operator of the machine whose key the restored log must accept; null: it accepts one already.
 */
export function machineChanges(
  restored: State,
  first: State,
  { now, operator }: { readonly now: string; readonly operator: Operator | null },
): MachineChanges {
  const keyOfOperator = operator === null ? null : operatorSecret(operator.name);
  const own = all(first, 'Secret').filter(({ name, value: { kind } }) => {
    return kind === 'operator-key' ? name === keyOfOperator : OF_MACHINE.includes(kind);
  });
  const changes: Change[] = own.map(({ name, value }) => {
    const before = find(restored, 'Secret', name)?.value ?? null;
    return changeOf('Secret', name, before, replaced(before, value, now));
  });
  if (operator !== null) {
    const before = find(restored, 'Operator', operator.name)?.value ?? null;
    const { name, publicKey } = operator;
    changes.push(changeOf('Operator', name, before, { name, role: 'admin', publicKey }));
  }
  return { changes, credentials: own.map(({ name }) => name) };
}

/** Returns a credential of the restored log with the value of this machine. */
function replaced(before: Secret | null, { name, kind, edition, version, settings }: Secret, now: string): Secret {
  return {
    ...{ name, kind, edition, settings },
    version: before === null ? version : before.version + 1,
    rotation: null,
    lastRotation: before?.lastRotation ?? null,
    since: now,
    consumers: [],
  };
}
