import { describe, expect, it } from 'vitest';
import { newOperatorKey } from '../../../src/adapters/keys/operator-key.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import { all, find } from '../../../src/domain/log/state.js';
import type { Role } from '../../../src/domain/values/role.js';
import { rollbackState } from '../../../src/operations/history/rollback-state.js';
import { undoOperation } from '../../../src/operations/history/undo-operation.js';
import { createOperator } from '../../../src/operations/operators/create-operator.js';
import { createSchedule } from '../../../src/operations/schedules/create-schedule.js';
import { deleteOperator } from '../../../src/operations/operators/delete-operator.js';
import { updateOperator } from '../../../src/operations/operators/update-operator.js';
import { createHistory, type History } from '../../builders/history.js';

const { publicKey } = newOperatorKey('ada');
const other = newOperatorKey('ada').publicKey;

/** A log whose first operator is the admin `ada`, with these operators besides. */
async function given(more: Readonly<Record<string, Role>> = {}): Promise<History> {
  const history = createHistory();
  history.commit('first', [changeOf('Operator', 'ada', null, { name: 'ada', role: 'admin', publicKey })]);
  for (const [name, role] of Object.entries(more)) await history.run(createOperator, { name, role, publicKey });
  return history;
}

const operators = (history: History) => all(history.state(), 'Operator').map(({ name, value }) => [name, value.role]);
const refusal = (code: string) => ({ kind: 'refuse', refusal: { kind: 'conflict', code } });

describe('create operator', () => {
  it('has the role operator by default, and only the public half of the key', async () => {
    const history = await given();
    await history.run(createOperator, { name: 'bob', publicKey });
    expect(find(history.state(), 'Operator', 'bob')?.value).toEqual({ name: 'bob', role: 'operator', publicKey });
  });

  it('refuses a name that is taken, and says how to replace a key', async () => {
    const history = await given();
    expect((await history.run(createOperator, { name: 'ada', publicKey })).decision).toMatchObject({
      refusal: {
        code: 'operator-exists',
        hint: expect.stringContaining('update operator --name ada --new-key') as string,
      },
    });
  });

  it.each(['hecate', 'none', 'Ada', 'unverified: ada', ''])('does not take the name %j', (name) => {
    expect(createOperator.input.safeParse({ name, publicKey }).success).toBe(false);
  });

  it.each([`hecate-key:ada:${publicKey}`, publicKey.slice(1), `${publicKey}=`])('does not take the key %j', (key) => {
    expect(createOperator.input.safeParse({ name: 'bob', publicKey: key }).success).toBe(false);
  });
});

describe('update operator', () => {
  it('changes the role and the key, each alone', async () => {
    const history = await given({ bob: 'viewer' });
    await history.run(updateOperator, { name: 'bob', role: 'admin' });
    await history.run(updateOperator, { name: 'bob', publicKey: other });
    expect(find(history.state(), 'Operator', 'bob')?.value).toEqual({ name: 'bob', role: 'admin', publicKey: other });
    expect((await history.run(updateOperator, { name: 'bob' })).decision).toMatchObject({ changes: [] });
    expect((await history.run(updateOperator, { name: 'eve' })).decision).toMatchObject({
      refusal: { code: 'operator-missing' },
    });
  });
});

describe('the last admin', () => {
  it('is not demoted or deleted, and the way out is named', async () => {
    const history = await given({ bob: 'operator' });
    const demoted = (await history.run(updateOperator, { name: 'ada', role: 'operator' })).decision;
    const deleted = (await history.run(deleteOperator, { name: 'ada' })).decision;
    expect(demoted).toMatchObject(refusal('last-admin'));
    expect(deleted).toMatchObject(refusal('last-admin'));
    const hint = expect.stringContaining('update operator --name bob --role admin') as string;
    expect([demoted, deleted]).toMatchObject([{ refusal: { hint } }, { refusal: { hint } }]);
  });

  it('may go when there is another one, who is the last then', async () => {
    const history = await given({ bob: 'admin' });
    await history.run(deleteOperator, { name: 'ada' });
    expect(operators(history)).toEqual([['bob', 'admin']]);
    expect((await history.run(deleteOperator, { name: 'bob' })).decision).toMatchObject(refusal('last-admin'));
  });

  it('is not undone either', async () => {
    const history = await given();
    const { id } = await history.run(createOperator, { name: 'bob', role: 'admin', publicKey });
    await history.run(deleteOperator, { name: 'ada' });
    expect((await history.run(undoOperation, { operation: id })).decision).toMatchObject(refusal('last-admin'));
    expect(operators(history)).toEqual([['bob', 'admin']]);
  });
});

describe('delete operator', () => {
  it('names what it started and what goes on', async () => {
    const history = await given({ bob: 'admin' });
    const bypass = { domain: 'a.example.com', since: history.now(), until: history.now(), reason: null };
    history.commit('bypass', [changeOf('Bypass', 'a.example.com', null, bypass)]);
    expect((await history.run(deleteOperator, { name: 'bob' })).decision).toMatchObject({ warnings: [] });
    await history.run(createOperator, { name: 'bob', role: 'admin', publicKey });
    await history.run(createSchedule, { name: 'nightly', every: '5m', component: 'all' });
    expect((await history.run(deleteOperator, { name: 'ada' })).decision).toMatchObject({
      warnings: [
        'the schedule nightly, which ada started, goes on',
        'the bypass of a.example.com, which ada started, goes on',
      ],
    });
  });
});

describe('going back', () => {
  it('by undo gives back an operator and a role', async () => {
    const history = await given({ bob: 'viewer' });
    const raised = await history.run(updateOperator, { name: 'bob', role: 'admin' });
    await history.run(undoOperation, { operation: raised.id });
    expect(find(history.state(), 'Operator', 'bob')?.value.role).toBe('viewer');
    const deleted = await history.run(deleteOperator, { name: 'bob' });
    await history.run(undoOperation, { operation: deleted.id });
    expect(operators(history)).toEqual([['ada', 'admin'], ['bob', 'viewer']]); // prettier-ignore
  });

  it('by rollback leaves operators as they are', async () => {
    const history = await given({ bob: 'admin' });
    await history.run(updateOperator, { name: 'bob', role: 'viewer' });
    await history.run(rollbackState, { toCommit: 'first' });
    expect(operators(history)).toEqual([['ada', 'admin'], ['bob', 'viewer']]); // prettier-ignore
  });
});

describe('undoing the rotation of an operator’s key', () => {
  const [first, second, third] = ['ada', 'ada', 'ada'].map((name) => newOperatorKey(name).publicKey) as [
    string,
    string,
    string,
  ];
  const ada = (publicKey: string, more: { readonly secondKey?: string; readonly role?: Role } = {}) => ({
    ...{ name: 'ada', role: 'admin' as Role, publicKey },
    ...more,
  });
  const keys = (history: History) => find(history.state(), 'Operator', 'ada')?.value;
  const undo = async (history: History, operation: string) =>
    (await history.run(undoOperation, { operation })).decision;
  const stays = expect.stringContaining('operator ada keeps its keys: ') as string;
  const rotation = (history: History, before: string, after: string) => {
    const operation = 'operator.rotate';
    history.commit('both', [changeOf('Operator', 'ada', ada(before), ada(before, { secondKey: after }))], {
      operation,
    });
    history.commit('one', [changeOf('Operator', 'ada', ada(before, { secondKey: after }), ada(after))], { operation });
  };
  const begun = () => {
    const history = createHistory();
    history.commit('eve', [changeOf('Operator', 'eve', null, { name: 'eve', role: 'admin', publicKey: other })]);
    history.commit('first', [changeOf('Operator', 'ada', null, ada(first))]);
    return history;
  };

  it('never makes a key valid again, and says that the keys stay', async () => {
    const history = begun();
    rotation(history, first, second);
    for (const id of ['one', 'both']) {
      expect(await undo(history, id)).toMatchObject({
        kind: 'refuse',
        refusal: {
          code: 'nothing-to-undo',
          message: expect.stringContaining('update operator --name ada --new-key') as string,
        },
      });
      expect(keys(history)).toEqual(ada(second));
    }
    expect(await undo(history, 'first')).toMatchObject({ kind: 'refuse' });
    await history.run(rollbackState, { toCommit: 'first' });
    expect(keys(history)).toEqual(ada(second));
  });

  it('never drops a key of a rotation that runs', async () => {
    const history = begun();
    const both = ada(first, { secondKey: second });
    history.commit('both', [changeOf('Operator', 'ada', ada(first), both)], { operation: 'operator.rotate' });
    expect(await undo(history, 'both')).toMatchObject({ refusal: { message: stays } });
    expect(keys(history)).toEqual(both);
  });

  it('gives back a key that a person replaced, unless it was rotated since', async () => {
    const history = begun();
    const replaced = await history.run(updateOperator, { name: 'ada', publicKey: second, role: 'viewer' });
    const back = await history.run(undoOperation, { operation: replaced.id });
    expect(keys(history)).toEqual(ada(first));
    await undo(history, back.id);
    expect(keys(history)).toEqual(ada(second, { role: 'viewer' }));
    const rotated = ada(second, { role: 'viewer', secondKey: third });
    history.commit('both', [changeOf('Operator', 'ada', ada(second, { role: 'viewer' }), rotated)], {
      operation: 'operator.rotate',
    });
    expect(await undo(history, replaced.id)).toMatchObject({ kind: 'change', warnings: [stays] });
    expect(keys(history)).toEqual(ada(second, { secondKey: third }));
  });

  it('does not bring back the keys of a rotation that a new key ended', async () => {
    const history = begun();
    const both = ada(first, { secondKey: second });
    history.commit('both', [changeOf('Operator', 'ada', ada(first), both)], { operation: 'operator.rotate' });
    const { id } = await history.run(updateOperator, { name: 'ada', publicKey: third });
    expect(await undo(history, id)).toMatchObject({ refusal: { message: stays } });
    expect(keys(history)).toEqual(ada(third));
  });

  it('does not create an operator again with a key that was rotated since', async () => {
    const history = begun();
    const { id } = await history.run(deleteOperator, { name: 'ada' });
    await undo(history, id);
    expect(keys(history)).toEqual(ada(first));
    rotation(history, first, second);
    const again = await history.run(deleteOperator, { name: 'ada' });
    expect(await undo(history, id)).toMatchObject({
      refusal: { message: expect.stringContaining('operator ada is not created again') as string },
    });
    await undo(history, again.id);
    expect(keys(history)).toEqual(ada(second));
  });
});
