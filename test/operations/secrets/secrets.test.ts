import { describe, expect, it } from 'vitest';
import { neededSecrets } from '../../../src/domain/caddy/needed-secrets.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import { newSecret, type Secret } from '../../../src/domain/resources/secret.js';
import { emptyState, fold } from '../../../src/domain/log/state.js';
import { createSecret } from '../../../src/operations/secrets/create-secret.js';
import { deleteSecret } from '../../../src/operations/secrets/delete-secret.js';
import { rotateSecret } from '../../../src/operations/secrets/rotate-secret.js';
import { updateSecret } from '../../../src/operations/secrets/update-secret.js';
import { secretProblem } from '../../../src/operations/rules/route.js';
import { context, quiet } from '../../builders/answers.js';
import { entries, route, routeChange } from '../../builders/log.js';

const [first, second] = ['a'.repeat(24), 'b'.repeat(24)];
const team: Secret = newSecret({ name: 'team', kind: 'basic-auth', version: 1, edition: first });
const used = route('app.example.com', { middleware: ['basic-auth:team'] });
const held = fold(emptyState, entries({ one: [changeOf('Secret', 'team', null, team)] }));
const inUse = fold(
  emptyState,
  entries({ one: [changeOf('Secret', 'team', null, team)], two: [routeChange(null, used)] }),
);

describe('a secret', () => {
  it('stands in the log by its version, and its value is claimed', () => {
    const input = createSecret.input.parse({ name: 'team', fromFile: first });
    expect(createSecret.decide(emptyState, input, quiet, context)).toMatchObject({
      changes: [{ kind: 'Secret', before: null, after: team }],
      claims: [{ staged: first, kind: 'basic-auth', vaultPath: `basic-auth/team/${first}` }],
    });
    expect(createSecret.decide(held, input, quiet, context)).toMatchObject({ refusal: { code: 'secret-exists' } });
  });

  it.each(['nats-cli', 'operator-bob', 'all'])('is not created with the reserved name %s', (name) => {
    const input = createSecret.input.parse({ name, kind: 'generic', fromFile: first });
    expect(createSecret.decide(emptyState, input, quiet, context)).toMatchObject({
      refusal: { kind: 'conflict', code: 'name-reserved', hint: `Give it another name, such as --name my-${name}.` },
    });
  });

  it('gets another value under another id, and every route that uses it must be served by it', () => {
    const input = updateSecret.input.parse({ name: 'team', fromFile: second });
    expect(updateSecret.decide(inUse, input, quiet, context)).toMatchObject({
      changes: [{ before: team, after: { version: 2, edition: second } }],
      expect: { hosts: ['app.example.com'] },
    });
    expect(updateSecret.decide(emptyState, input, quiet, context)).toMatchObject({ refusal: { kind: 'missing' } });
  });

  it('is refused when the staged value cannot be one of its kind', () => {
    const answers = { ...quiet, secretValueProblem: () => 'line 1 has no user name before a colon' };
    const input = createSecret.input.parse({ name: 'team', fromFile: first });
    expect(createSecret.decide(emptyState, input, answers, context)).toMatchObject({
      refusal: {
        kind: 'invalid',
        code: 'accounts-unusable',
        message: '--from-file: line 1 has no user name before a colon',
        hint: 'Give a file with a line user:password (or user:bcrypt-hash) for each account.',
      },
    });
  });

  it('is looked at by its own kind, which only the worker knows when it gets a new value', () => {
    const asked: unknown[] = [];
    const answers = { ...quiet, secretValueProblem: (...of: unknown[]) => (asked.push(of), null) };
    const input = updateSecret.input.parse({ name: 'team', fromFile: second });
    updateSecret.handoverProblem?.(input, answers, context.now);
    updateSecret.decide(held, input, answers, context);
    expect(asked).toEqual([
      [second, null],
      [second, 'basic-auth'],
    ]);
    expect(updateSecret.questions?.(held, input, answers)).toEqual([
      { kind: 'secret-value', secretKind: 'basic-auth', staged: second, vaultPath: `basic-auth/team/${second}` },
    ]);
  });

  it('of Hecate itself that is not there yet is refused with what the worker needs to register it', () => {
    const input = (name: string) => rotateSecret.input.parse({ name });
    const refused = (name: string) => rotateSecret.decide(held, input(name), quiet, context);
    const hint = expect.stringContaining('HECATE_AUTHENTIK_TOKEN_FILE') as string;
    expect(refused('authentik-api-token')).toMatchObject({
      refusal: { kind: 'missing', message: 'there is no secret authentik-api-token', hint },
    });
    expect(refused('teem')).toMatchObject({ refusal: { hint: 'Did you mean team?' } });
  });

  it('of another kind cannot be used by a route', () => {
    const token = { ...team, kind: 'token' as 'basic-auth' };
    const state = fold(emptyState, entries({ one: [changeOf('Secret', 'team', null, token)] }));
    expect(secretProblem(state, used)).toMatchObject({
      kind: 'conflict',
      message: 'secret team is of the kind token, but the route needs a secret of the kind basic-auth',
    });
    expect(secretProblem(held, used)).toBeNull();
    expect(neededSecrets(fold(state, entries({ two: [routeChange(null, used)] }))).secrets).toEqual([]);
    expect(neededSecrets(inUse).secrets).toEqual([team]);
  });

  it('is not deleted while a route uses it', () => {
    const input = deleteSecret.input.parse({ name: 'team' });
    expect(deleteSecret.decide(held, input, quiet, context)).toMatchObject({ changes: [{ after: null }] });
    expect(deleteSecret.decide(inUse, input, quiet, context)).toMatchObject({
      refusal: { kind: 'conflict', message: 'secret team is used by app.example.com' },
    });
  });
});
