import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepCredential } from '../../../src/activities/secrets/rotation/credentials.js';
import { doPhase } from '../../../src/activities/secrets/rotation/phase-work.js';
import { readKeyFile, writeKeyFile } from '../../../src/adapters/keys/key-file.js';
import { newOperatorKey } from '../../../src/adapters/keys/operator-key.js';
import { createOperatorKeyIssuer, ownOperatorKey } from '../../../src/adapters/keys/operator-key-issuer.js';
import { createMemorySecrets, type MemorySecrets } from '../../../src/adapters/memory/secrets.js';
import { changeOf, type CommitDraft } from '../../../src/domain/log/commit.js';
import { find } from '../../../src/domain/log/state.js';
import { keysOf, type Operator } from '../../../src/domain/resources/operator.js';
import { newSecret, type Secret } from '../../../src/domain/resources/secret.js';
import { afterEvent, type PhaseEvent } from '../../../src/domain/secrets/rotation.js';
import { undoOperation } from '../../../src/operations/history/undo-operation.js';
import { updateOperator } from '../../../src/operations/operators/update-operator.js';
import { cancelRotation } from '../../../src/operations/secrets/cancel-rotation.js';
import { finishRotation } from '../../../src/operations/secrets/finish-rotation.js';
import { rotateSecret } from '../../../src/operations/secrets/rotate-secret.js';
import type { Credential, Issuer } from '../../../src/ports/credentials.js';
import type { EventLog } from '../../../src/ports/event-log.js';
import { Failure } from '../../../src/ports/failure.js';
import { createHistory, type History } from '../../builders/history.js';

const name = 'operator-ada';
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The death of the worker. */
class Crash extends Error {}

let folder: string;
let keyFile: string;
let history: History;
let vault: MemorySecrets;
let issuer: Issuer;
/** Calls of the log until one fails; the next one fails before or after its effect. */
let crash: { calls: number; when: 'before' | 'after' } | null;
let first: Credential;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hecate-operator-key-'));
  await begin();
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A log with the admin `ada`, her key in Vault and in the file. */
async function begin(lastRequestsMs = 0): Promise<void> {
  keyFile = join(folder, 'operator.key');
  crash = null;
  history = createHistory();
  vault = createMemorySecrets();
  const { privateText, publicKey } = newOperatorKey('ada');
  writeKeyFile(keyFile, privateText);
  const secret = newSecret({ name, kind: 'operator-key', version: 1, edition: 'a'.repeat(24) });
  first = { edition: secret.edition, value: { privateText, publicKey }, plain: null };
  await keepCredential(vault, secret, first);
  const ada: Operator = { name: 'ada', role: 'admin', publicKey };
  history.commit('first', [changeOf('Operator', 'ada', null, ada), changeOf('Secret', name, null, secret)]);
  issuer = createOperatorKeyIssuer({
    ...{ log: memoryLog(), keyFile, lastRequestsMs, now: () => history.now() },
    workflowId: (secretName) => `rotation/${secretName}`,
  });
}

/** The log of `history`, whose calls can fail. */
function memoryLog(): EventLog {
  const fails = (when: 'before' | 'after') => {
    if (crash?.when !== when || crash.calls-- > 0) return;
    crash = null;
    throw new Crash('killed');
  };
  const call = <T>(effect: () => T): Promise<T> =>
    Promise.resolve().then(() => {
      fails('before');
      const result = effect();
      fails('after');
      return result;
    });
  return {
    view: () => call(() => ({ logId: 'memory', state: history.state() })),
    append: ({ id, changes, operation }: CommitDraft, expected: unknown) =>
      call(() => {
        if (history.state().head !== expected) return { kind: 'moved' as const };
        const { position } = history.commit(id, changes, { open: true, operation });
        return { kind: 'appended' as const, position };
      }),
    record: ({ id }: { readonly id: string }) => call(() => history.end(id, 'completed')),
  } as unknown as EventLog;
}

const operator = (): Operator => {
  const held = find(history.state(), 'Operator', 'ada')?.value;
  if (held === undefined) throw new Error('no operator');
  return held;
};
const secret = (): Secret => {
  const held = find(history.state(), 'Secret', name)?.value;
  if (held === undefined) throw new Error('no secret');
  return held;
};
const inFile = () => readKeyFile(keyFile)?.publicKey ?? '';
const keyOf = async (edition: string) => (await vault.read(`operator-key/${name}/${edition}`))?.['publicKey'];

let events = 0;
function record(event: PhaseEvent): void {
  const before = secret();
  history.commit(`event-${++events}`, [changeOf('Secret', name, before, afterEvent(before, event, history.now()))]);
}

/** Records the outcomes of the rotation's own commits, as each attempt of the worker does first. */
function settle(): void {
  for (const { id, operation } of history.state().open.values()) {
    if (operation === 'operator.rotate') history.end(id, 'completed');
  }
}

/** Does the present phase, as the worker does. A crash leaves the phase as it is. */
async function phase(fails: 'before' | 'after' | 'crash-after' | null = null): Promise<void> {
  const { rotation } = secret();
  if (rotation === null || rotation.isStuck || rotation.isHeld) return;
  const isEndless = rotation.phase === 'grace' && rotation.graceUntil === null && rotation.grace === 'until-next';
  if (isEndless) return;
  settle();
  try {
    if (fails === 'before') throw new Failure('denied', 'refused');
    const event = await doPhase({ secret: secret(), rotation, issuer, vault });
    if (fails === 'after') throw new Failure('denied', 'refused');
    if (fails !== 'crash-after') record(event);
  } catch (error) {
    if (error instanceof Failure) record({ kind: 'failed', problem: error.message });
    else if (!(error instanceof Crash)) throw error;
  }
}

/** Lets the rotation go on until it ends or waits. */
async function rest(): Promise<void> {
  for (let left = 20; left > 0; left--) await phase();
}

const rotate = (input: object) => history.run(rotateSecret, { name, ...input });

describe('the rotation of the key of an operator', () => {
  it('keeps the key of the file after a grace period until the next rotation, and one that failed', async () => {
    await rotate({ grace: 'until-next' });
    await rest();
    expect(keysOf(operator())).toEqual([first.value['publicKey'], inFile()]);
    await rotate({ grace: '0s' });
    await phase('before');
    expect(keysOf(operator())).toContain(inFile());
    await rotate({ grace: '0s' });
    await rest();
    expect(secret()).toMatchObject({ rotation: null, lastRotation: { result: 'completed' } });
    expect(operator()).toEqual({ name: 'ada', role: 'admin', publicKey: inFile() });
    expect(inFile()).toBe(await keyOf(secret().edition));
  });

  it('keeps the key of the file, whichever of two is in force in the log', async () => {
    const here = newOperatorKey('ada');
    const before = operator();
    const both = { ...before, secondKey: here.publicKey };
    history.commit('both', [changeOf('Operator', 'ada', before, both)]);
    writeKeyFile(keyFile, here.privateText);
    const next = { edition: 'b'.repeat(24), ...(await issuer.issue(secret(), { edition: '', former: null })) };
    crash = { calls: 1, when: 'after' };
    await expect(issuer.distribute(secret(), next)).rejects.toThrow(Crash);
    expect(operator()).toMatchObject({ publicKey: here.publicKey, secondKey: next.value['publicKey'] });
    expect(inFile()).toBe(here.publicKey);
    settle();
    await issuer.distribute(secret(), next);
    expect(inFile()).toBe(next.value['publicKey']);
  });

  it('drops only the key that is revoked', async () => {
    const here = newOperatorKey('ada');
    const other: Credential = { edition: 'other', value: { ...newOperatorKey('ada') }, plain: null };
    const before = operator();
    history.commit('both', [changeOf('Operator', 'ada', before, { ...before, secondKey: here.publicKey })]);
    writeKeyFile(keyFile, here.privateText);
    await issuer.revoke(secret(), other.edition, other);
    expect(keysOf(operator())).toEqual([before.publicKey, here.publicKey]);
    await issuer.revoke(secret(), first.edition, first);
    expect(keysOf(operator())).toEqual([here.publicKey]);
  });

  it('waits while another operation changes the operator, which may still be taken back', async () => {
    const before = operator();
    const next = { edition: 'b'.repeat(24), ...(await issuer.issue(secret(), { edition: '', former: null })) };
    history.commit('role', [changeOf('Operator', 'ada', before, { ...before, role: 'operator' })], { open: true });
    await expect(issuer.distribute(secret(), next)).rejects.toMatchObject({ kind: 'unavailable' });
    history.end('role', 'undone');
    await issuer.distribute(secret(), next);
    expect(operator()).toEqual({ ...before, secondKey: next.value['publicKey'] });
  });

  it('does not write a key that is not valid any more', async () => {
    const next = { edition: 'b'.repeat(24), ...(await issuer.issue(secret(), { edition: '', former: null })) };
    crash = { calls: 2, when: 'after' };
    await expect(issuer.distribute(secret(), next)).rejects.toThrow(Crash);
    settle();
    const late = issuer.distribute(secret(), next);
    // The first look at the log finds the new key valid; then it is revoked.
    await Promise.resolve();
    const both = operator();
    history.commit('gone', [
      changeOf('Operator', 'ada', both, { name: 'ada', role: 'admin', publicKey: both.publicKey }),
    ]);
    await late.catch(() => undefined);
    expect(keysOf(operator())).toContain(inFile());
  });

  it('revokes a key at once in a rotation without a grace, since it may have leaked', async () => {
    await begin(60_000);
    await rotate({ strategy: 'immediate', revokeNow: true, yes: true });
    const isOver = rest().then(() => true);
    expect(await Promise.race([isOver, later(2_000)])).toBe(true);
    expect(secret()).toMatchObject({ rotation: null, lastRotation: { result: 'completed' } });
    expect(keysOf(operator())).toEqual([inFile()]);
  });

  it('never locks the operator out, whatever fails or crashes, and always comes to one key', async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.constant({ kind: 'phase', fails: null } as const) },
      fc.record({ kind: fc.constant('phase'), fails: fc.constantFrom('before', 'after', 'crash-after') }),
      fc.record({ kind: fc.constant('crash'), calls: fc.nat(6), when: fc.constantFrom('before', 'after') }),
      fc.record({ kind: fc.constant('rotate'), grace: fc.constantFrom('0s', 'until-next') }),
      fc.constant({ kind: 'immediate' } as const),
      fc.constant({ kind: 'cancel' } as const),
      fc.constant({ kind: 'finish' } as const),
      fc.record({ kind: fc.constant('undo'), pick: fc.nat(50) }),
      fc.constant({ kind: 'new-key' } as const),
    );
    const take = async (one: typeof step extends fc.Arbitrary<infer S> ? S : never) => {
      switch (one.kind) {
        case 'phase':
          return phase(one.fails);
        case 'crash':
          crash = { calls: one.calls, when: one.when };
          return;
        case 'rotate':
          return rotate({ grace: one.grace });
        case 'immediate':
          return rotate({ strategy: 'immediate', revokeNow: true, yes: true });
        case 'cancel':
          return history.run(cancelRotation, { name });
        case 'finish':
          return history.run(finishRotation, { name });
        case 'undo': {
          const ids = history.entries.flatMap(({ message }) =>
            message.type === 'committed' && message.operation === 'operator.rotate' ? [message.id] : [],
          );
          const operation = ids[one.pick % Math.max(ids.length, 1)];
          return operation === undefined ? undefined : history.run(undoOperation, { operation });
        }
        case 'new-key': {
          const { privateText, publicKey } = newOperatorKey('ada');
          await history.run(updateOperator, { name: 'ada', publicKey });
          writeKeyFile(keyFile, privateText);
        }
      }
    };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
        await begin();
        for (const one of steps) {
          await take(one);
          expect(keysOf(operator())).toContain(inFile());
        }
        crash = null;
        await rest();
        expect(keysOf(operator())).toContain(inFile());
        if (steps.some(({ kind }) => kind === 'new-key')) return;
        if (secret().rotation?.isStuck === true) await history.run(finishRotation, { name });
        await rest();
        await rotate({ grace: '0s' });
        await rest();
        expect(secret()).toMatchObject({ rotation: null, lastRotation: { result: 'completed' } });
        expect(keysOf(operator())).toEqual([inFile()]);
        expect(inFile()).toBe(await keyOf(secret().edition));
        expect(
          await ownOperatorKey({ view: async () => ({ logId: '', state: history.state() }) }, keyFile),
        ).toHaveLength(1);
      }),
      { numRuns: 80 },
    );
  });
});
