import { describe, expect, it } from 'vitest';
import { accountsProblem, isHashed, parseAccounts } from '../../../src/domain/secrets/basic-auth.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import type { Secret } from '../../../src/domain/resources/secret.js';
import { emptyState, fold } from '../../../src/domain/log/state.js';
import { createSecret } from '../../../src/operations/secrets/create-secret.js';
import { deleteSecret } from '../../../src/operations/secrets/delete-secret.js';
import { updateSecret } from '../../../src/operations/secrets/update-secret.js';
import { context, quiet } from '../../builders/answers.js';
import { entries, route, routeChange } from '../../builders/log.js';

const [first, second] = ['a'.repeat(24), 'b'.repeat(24)];
const team: Secret = { name: 'team', kind: 'basic-auth', version: 1, edition: first };
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
      claims: [{ staged: first, kind: 'accounts', place: `basic-auth/team/${first}` }],
    });
    expect(createSecret.decide(held, input, quiet, context)).toMatchObject({ refusal: { code: 'secret-exists' } });
  });

  it('gets another value under another id, and every route that uses it must be served by it', () => {
    const input = updateSecret.input.parse({ name: 'team', fromFile: second });
    expect(updateSecret.decide(inUse, input, quiet, context)).toMatchObject({
      changes: [{ before: team, after: { version: 2, edition: second } }],
      expect: { hosts: ['app.example.com'] },
    });
    expect(updateSecret.decide(emptyState, input, quiet, context)).toMatchObject({ refusal: { kind: 'missing' } });
  });

  it('is refused when what was handed over is no list of accounts', () => {
    const answers = { ...quiet, accounts: () => 'line 1 has no user name before a colon' };
    const input = createSecret.input.parse({ name: 'team', fromFile: first });
    expect(createSecret.decide(emptyState, input, answers, context)).toMatchObject({
      refusal: { kind: 'invalid', message: '--from-file: line 1 has no user name before a colon' },
    });
  });

  it('is not forgotten while a route uses it', () => {
    const input = deleteSecret.input.parse({ name: 'team' });
    expect(deleteSecret.decide(held, input, quiet, context)).toMatchObject({ changes: [{ after: null }] });
    expect(deleteSecret.decide(inUse, input, quiet, context)).toMatchObject({
      refusal: { kind: 'conflict', message: 'secret team is used by app.example.com' },
    });
  });
});

describe('a list of accounts', () => {
  it('has a line for each, whatever a password holds', () => {
    expect(parseAccounts('ada:p:w\r\n\nbob: x \n')).toEqual([
      { user: 'ada', password: 'p:w' },
      { user: 'bob', password: ' x ' },
    ]);
    expect(isHashed(`$2b$10$${'a'.repeat(53)}`)).toBe(true);
    expect(isHashed('$2b$10$short')).toBe(false);
  });

  it.each([
    ['', 'no line'],
    ['secretword', 'line 1'],
    [':secretword', 'line 1'],
    ['ada:', 'ada has no password'],
    ['ada:x\nada:y', 'ada is given twice'],
    [`ada:${'ü'.repeat(40)}`, 'longer than 72 bytes'],
  ])('is refused: %j', (text, said) => {
    expect(accountsProblem(text)).toContain(said);
    expect(accountsProblem(text)).not.toContain('secretword');
  });
});
