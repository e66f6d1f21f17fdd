import { describe, expect, it } from 'vitest';
import { newOperatorKey } from '../../../src/adapters/keys/operator-key.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import { emptyState, find, fold } from '../../../src/domain/log/state.js';
import { newSecret, type Secret } from '../../../src/domain/resources/secret.js';
import type { Role } from '../../../src/domain/values/role.js';
import { deleteOperator } from '../../../src/operations/operators/delete-operator.js';
import { updateOperator } from '../../../src/operations/operators/update-operator.js';
import { createRotationSchedule } from '../../../src/operations/schedules/create-rotation-schedule.js';
import { cancelRotation } from '../../../src/operations/secrets/cancel-rotation.js';
import { finishRotation } from '../../../src/operations/secrets/finish-rotation.js';
import { rotateSecret } from '../../../src/operations/secrets/rotate-secret.js';
import { context, quiet } from '../../builders/answers.js';
import { entries } from '../../builders/log.js';

const [first, second, third] = ['ada', 'ada', 'ada'].map((name) => newOperatorKey(name).publicKey) as [
  string,
  string,
  string,
];
const ada = { name: 'ada', role: 'admin' as Role, publicKey: first, secondKey: second };
const secret: Secret = newSecret({ name: 'operator-ada', kind: 'operator-key', version: 1, edition: 'a'.repeat(24) });
const operator = (name: string, role: Role) => changeOf('Operator', name, null, { name, role, publicKey: third });
const state = fold(
  emptyState,
  entries({
    one: [changeOf('Operator', 'ada', null, ada), changeOf('Secret', secret.name, null, secret)],
    two: [operator('bob', 'operator'), operator('eve', 'admin')],
  }),
);
const as = (actor: string) => ({ ...context, actor });
const input = { name: 'operator-ada' };
const rotate = (actor: string) => rotateSecret.decide(state, rotateSecret.input.parse(input), quiet, as(actor));

describe('the key of an operator', () => {
  it('is rotated by himself, by an admin, or by the worker, and by nobody else', () => {
    for (const actor of ['ada', 'eve', 'hecate']) expect(rotate(actor)).toMatchObject({ kind: 'change' });
    const refused = { kind: 'refuse', refusal: { kind: 'denied', code: 'not-own-key' } };
    expect(rotate('bob')).toMatchObject(refused);
    expect(rotate('gone')).toMatchObject(refused);
    const begun = rotate('ada');
    const changes = begun.kind === 'change' ? begun.changes : [];
    const rotating = fold(state, entries({ three: changes }));
    expect(finishRotation.decide(rotating, input, quiet, as('bob'))).toMatchObject(refused);
    expect(cancelRotation.decide(rotating, input, quiet, as('bob'))).toMatchObject(refused);
    expect(cancelRotation.decide(rotating, input, quiet, as('ada'))).toMatchObject({ kind: 'change' });
    const scheduled = createRotationSchedule.input.parse(input);
    expect(createRotationSchedule.decide(state, scheduled, quiet, as('bob'))).toMatchObject(refused);
    expect(createRotationSchedule.decide(state, scheduled, quiet, as('ada'))).toMatchObject({ kind: 'change' });
  });

  it('is not left without any by --revoke-now', () => {
    const revoked = rotateSecret.input.parse({ ...input, strategy: 'immediate', revokeNow: true, yes: true });
    const decision = rotateSecret.decide(state, revoked, quiet, as('ada'));
    expect(decision).toMatchObject({ changes: [{ after: { rotation: { revokesFirst: false } } }] });
  });

  it('ends its rotation when it is replaced, and not when the role changes', () => {
    const decide = (given: object) => {
      const parsed = updateOperator.input.parse({ name: 'ada', ...given });
      return updateOperator.decide(state, parsed, quiet, as('eve'));
    };
    const replaced = { name: 'ada', role: 'admin', publicKey: third };
    expect(decide({ publicKey: third })).toMatchObject({ changes: [{ after: replaced }] });
    expect(decide({ role: 'viewer' })).toMatchObject({ changes: [{ after: { ...ada, role: 'viewer' } }] });
    expect(decide({ role: 'admin' })).toMatchObject({ changes: [] });
  });

  it('is deleted with its operator', () => {
    const decision = deleteOperator.decide(state, { name: 'ada' }, quiet, as('eve'));
    const after = fold(state, entries({ three: decision.kind === 'change' ? decision.changes : [] }));
    expect(find(after, 'Operator', 'ada')).toBeUndefined();
    expect(find(after, 'Secret', 'operator-ada')).toBeUndefined();
  });

  it('is deleted with its schedule, and no other one', () => {
    const scheduled = (given: object) => {
      const begun = createRotationSchedule.decide(state, createRotationSchedule.input.parse(given), quiet, as('ada'));
      return begun.kind === 'change' ? begun.changes : [];
    };
    const held = fold(state, entries({ three: [...scheduled(input), ...scheduled({ all: true })] }));
    const decision = deleteOperator.decide(held, { name: 'ada' }, quiet, as('eve'));
    const after = fold(held, entries({ four: decision.kind === 'change' ? decision.changes : [] }));
    expect(find(after, 'Schedule', 'rotate-operator-ada')).toBeUndefined();
    expect(find(after, 'Schedule', 'rotate-all')).toBeDefined();
    const warnings = decision.kind === 'change' ? decision.warnings.join() : '';
    expect(warnings).not.toContain('rotate-operator-ada');
  });
});
