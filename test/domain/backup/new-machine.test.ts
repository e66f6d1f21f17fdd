import { describe, expect, it } from 'vitest';
import { isOfNewEnvironment, machineChanges } from '../../../src/domain/backup/new-machine.js';
import { changeOf, type Change, type LogEntry } from '../../../src/domain/log/commit.js';
import { emptyState, find, fold, type State } from '../../../src/domain/log/state.js';
import type { Operator } from '../../../src/domain/resources/operator.js';
import { newSecret, type Secret } from '../../../src/domain/resources/secret.js';
import { entries, route, routeChange } from '../../builders/log.js';
import { runningRotation } from '../../builders/rotating.js';

const now = '2026-11-29T14:00:00.000Z';
const id = (letter: string) => letter.repeat(24);

function stateOf(...changes: Change[]): State {
  return fold(emptyState, entries({ one: changes }));
}

const secret = (name: string, kind: Secret['kind'], edition: string, version = 1) =>
  newSecret({ name, kind, version, edition: id(edition) });
const created = (one: Secret) => changeOf('Secret', one.name, null, one);
const applied = (state: State, changes: readonly Change[]) =>
  fold(state, entries({ one: [], restore: changes }).slice(2));

const anna: Operator = { name: 'anna', role: 'admin', publicKey: 'a'.repeat(43) };

describe('the changes of a restored log on a new machine', () => {
  it('register the machine’s own credentials as the next version, and leave all others', () => {
    const restored = stateOf(
      created(secret('nats-worker', 'nats-credentials', 'a', 4)),
      created(secret('vault-worker', 'vault-approle', 'b')),
      created(secret('caddy-admin', 'caddy-admin-password', 'c', 2)),
      created(secret('team', 'basic-auth', 'd')),
    );
    const first = stateOf(
      created(secret('nats-worker', 'nats-credentials', 'e')),
      created(secret('nats-cli', 'nats-credentials', 'f')),
      created(secret('caddy-admin', 'caddy-admin-password', 'g')),
    );
    const { changes, credentials } = machineChanges(restored, first, { now, operator: null });
    expect(credentials).toEqual(['nats-cli', 'nats-worker']);
    const after = applied(restored, changes);
    const versionOf = (name: string) => {
      const { version, edition } = find(after, 'Secret', name)?.value ?? { version: 0, edition: '' };
      return [version, edition];
    };
    expect(versionOf('nats-worker')).toEqual([5, id('e')]);
    expect(versionOf('nats-cli')).toEqual([1, id('f')]);
    expect(versionOf('vault-worker')).toEqual([1, id('b')]);
    // Only Vault and Caddy have it, so people can use the password that they know.
    expect(versionOf('caddy-admin')).toEqual([2, id('c')]);
    expect(versionOf('team')).toEqual([1, id('d')]);
  });

  it('drop a rotation of such a credential, whose values no system has any more', () => {
    const running = { ...secret('nats-worker', 'nats-credentials', 'a'), rotation: runningRotation };
    const first = stateOf(created(secret('nats-worker', 'nats-credentials', 'e')));
    const { changes } = machineChanges(stateOf(created(running)), first, { now, operator: null });
    expect(changes).toMatchObject([{ before: running, after: { rotation: null, edition: id('e'), since: now } }]);
  });

  it('add the operator of the machine with its key where the log accepts none that is there', () => {
    const first = stateOf(
      changeOf('Operator', 'anna', null, anna),
      created(secret('operator-anna', 'operator-key', 'e')),
      created(secret('operator-bob', 'operator-key', 'f')),
    );
    const before: Operator = { ...anna, role: 'viewer', publicKey: 'b'.repeat(43) };
    const restored = stateOf(changeOf('Operator', 'anna', null, before));
    const { changes } = machineChanges(restored, first, { now, operator: anna });
    expect(changes.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['Secret operator-anna', 'Operator anna']);
    expect(find(applied(restored, changes), 'Operator', 'anna')?.value).toEqual(anna);
  });
});

describe('a new environment', () => {
  const own = (operation: string, actor = 'hecate'): LogEntry => {
    const [entry] = entries({ one: [routeChange(null, route('a.example.com'))] });
    if (entry?.message.type !== 'committed') throw new Error('the first entry is a commit');
    return { position: entry.position, message: { ...entry.message, operation, actor } };
  };

  it('has only Hecate’s own first commits', () => {
    expect(isOfNewEnvironment(own('secret.register'))).toBe(true);
    expect(isOfNewEnvironment(own('operator.create'))).toBe(true);
    expect(isOfNewEnvironment(own('operator.create', 'anna'))).toBe(false);
    expect(isOfNewEnvironment(own('secret.create'))).toBe(false);
    expect(isOfNewEnvironment(own('state.restore'))).toBe(false);
  });
});
