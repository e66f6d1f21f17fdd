import { createSilence } from '../../../src/operations/silences/create-silence.js';
import { readRequests } from '../../../src/client/reads/traffic/requests.js';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { flagsOf, inputOf } from '../../../src/client/input/flags.js';
import { understoodTimes } from '../../../src/client/commands/operation-commands.js';
import { applyManifests } from '../../../src/operations/manifests/apply-manifests.js';
import { createAuthPolicy } from '../../../src/operations/auth-policies/create-auth-policy.js';
import { createRoute } from '../../../src/operations/routes/create-route.js';
import { defineOperation, type Operation } from '../../../src/operations/operation.js';
import { rollbackState } from '../../../src/operations/history/rollback-state.js';
import { deleteRoute } from '../../../src/operations/routes/delete-route.js';
import { history } from '../../../src/client/reads/history/history.js';

const create = createRoute as unknown as Operation;
const read = (options: Record<string, unknown>) => () => inputOf(create, flagsOf(create), options);

describe('flags of an operation', () => {
  it('come from its schema, in kebab case, with placeholder and kind', () => {
    const policy = createAuthPolicy as unknown as Operation;
    expect(flagsOf(policy).map(({ flag, placeholder, kind, required }) => [flag, placeholder, kind, required])).toEqual(
      [
        ['name', 'name', 'text', true],
        ['provider', 'provider', 'text', false],
        ['flow', 'slug', 'text', false],
        ['groups', 'a,b', 'list', false],
        ['require-mfa', 'value', 'switch', false],
        ['metadata', 'name=value', 'pairs', false],
        ['create-groups', 'value', 'switch', false],
      ],
    );
  });

  it('are switches where the field is a boolean', () => {
    expect(flagsOf(deleteRoute as unknown as Operation).find(({ flag }) => flag === 'force')?.kind).toBe('switch');
  });

  it('serve an operation that nobody here has heard of', () => {
    const input = z.strictObject({ maxAge: z.string().meta({ flag: 'age', placeholder: 'days' }) });
    const other = defineOperation({
      key: 'x.prune',
      path: ['prune', 'x'],
      summary: '',
      examples: [],
      input,
      subject: (given) => given.maxAge,
      decide: () => ({ kind: 'change', changes: [], expect: { hosts: [], upstreams: [] }, warnings: [] }),
    }) as unknown as Operation;
    expect(inputOf(other, flagsOf(other), { age: '3' })).toEqual({ maxAge: '3' });
  });
});

describe('input', () => {
  it('has repeated pairs as a record, splits at the first = and fills in defaults', () => {
    const given = { domain: 'App.example.com', upstream: 'backend:1', headers: ['A=b=c', 'X-D='] };
    expect(read(given)()).toMatchObject({ domain: 'app.example.com', headers: { A: 'b=c', 'X-D': '' } });
    const remove = deleteRoute as unknown as Operation;
    expect(inputOf(remove, flagsOf(remove), { domain: 'a.example.com' })).toMatchObject({ force: false });
  });

  it('takes names that every object knows', () => {
    const input = read({ domain: 'a.example.com', upstream: 'b:1', headers: ['constructor=1'] })();
    expect(input).toMatchObject({ headers: { constructor: '1' } });
  });

  it.each([
    { upstream: 'https://bob:hunter2@host' },
    { upstream: 'app:3000', middleware: ['basic-auth:bob:hunter2'] },
    { upstream: 'app:3000', headers: ['Api-Key=hunter2\n'] },
  ])('is refused without repeating a password', (options) => {
    const refused = read({ domain: 'app.example.com', ...options });
    expect(refused).toThrow(/--(upstream|middleware|headers) /);
    expect(refused).not.toThrow(/hunter2/);
  });

  it.each(['abc', '-1', '101', '', '1e999'])('says which numbers are right, not %j', (pruneLimit) => {
    const apply = applyManifests as unknown as Operation;
    const refused = () => inputOf(apply, flagsOf(apply), { fromGit: '.hecate', pruneLimit });
    expect(refused).toThrow(/^--prune-limit \S+: give a number from 0 to 100$/);
  });

  it('repeats an item of a list, and a pair, as they were typed', () => {
    const requests = () => inputOf(readRequests, flagsOf(readRequests), { status: '404,9xx' });
    expect(requests).toThrow('--status "9xx": a status is 100 to 999');
    const silence = createSilence as unknown as Operation;
    const silenced = (match: string[]) => () =>
      inputOf(silence, flagsOf(silence), { name: 'a', match, duration: '1h' });
    expect(silenced(['none'])).toThrow('--match "none": give at least one label');
    expect(silenced(['a-b=1', 'c=2'])).toThrow('--match "a-b=1": a label’s name is');
  });

  it('repeats a number as it was typed', () => {
    for (const limit of ['99999999999999999999', '9'.repeat(150), `1${'0'.repeat(400)}`.slice(0, 190), '1e999']) {
      const refused = () => inputOf(history, flagsOf(history), { limit });
      expect(refused).toThrow(`--limit ${limit}: `);
    }
  });

  it('says of a time that it is none, and nothing of what it would be together with others', () => {
    const rollback = rollbackState as unknown as Operation;
    const read = () => inputOf(rollback, flagsOf(rollback), { toTimestamp: 'garbage' });
    expect(read).toThrow(/^--to-timestamp "garbage": give a time such as [^\n]*$/);
    expect(() => inputOf(rollback, flagsOf(rollback), {})).toThrow('give either --to-timestamp or --to-commit');
  });

  it.each([
    ['a missing flag', { upstream: 'b:1' }, ['--domain is missing']],
    ['a bad value', { domain: 'a..b', upstream: 'b:1' }, ['--domain "a..b"', 'write it like']],
    ['a bad port', { domain: 'a.example.com', upstream: 'b:99999' }, ['--upstream "b:99999"', '1-65535']],
    ['a header without a name', { domain: 'a.example.com', upstream: 'b:1', headers: ['x'] }, ['give name=value']],
    ['no header', { domain: 'a.example.com', upstream: 'b:1', headers: ['__proto__=1'] }, ['cannot be set']],
    ['a header given twice', { domain: 'a.example.com', upstream: 'b:1', headers: ['A=1', 'A=2'] }, ['given twice']],
    [
      'a line break',
      { domain: 'a.example.com', upstream: 'b:1', headers: ['A=b\r\nC: d'] },
      ['--headers', 'line break'],
    ],
    [
      'an item of a list',
      { domain: 'a.example.com', upstream: 'b:1', middleware: ['compression', 'header:x'] },
      ['--middleware "header:x": '],
    ],
  ])('refuses %s, naming flag, value and what is right', (_what, options, words) => {
    for (const word of words) expect(read(options)).toThrow(word);
    expect(read(options)).toThrow(expect.objectContaining({ kind: 'invalid' }));
  });
});

describe('a flag that is a time', () => {
  const rollback = rollbackState as unknown as Operation;
  const flags = flagsOf(rollback);
  const inputFor = (toTimestamp: string) => inputOf(rollback, flags, { toTimestamp });

  it('is UTC in the input, and what was understood is said where it was written otherwise', () => {
    const input = inputFor('2024-01-15T12:00+02:00');
    expect(input).toMatchObject({ toTimestamp: '2024-01-15T10:00:00.000Z' });
    const said = '--to-timestamp "2024-01-15T12:00+02:00" is "2024-01-15T10:00:00.000Z"';
    expect(understoodTimes(flags, { toTimestamp: '2024-01-15T12:00+02:00' }, input)).toEqual([said]);
    expect(understoodTimes(flags, input, input)).toEqual([]);
  });

  it('is refused when it is none, and what belongs together is said without a flag', () => {
    expect(() => inputFor('soon')).toThrow('--to-timestamp "soon": give a time such as 2024-01-15T10:00:00Z');
    expect(() => inputOf(rollback, flags, {})).toThrow('give either --to-timestamp or --to-commit');
  });
});

it.each(['https://joe:p@ssw0rd@git.example.com/x', 'https://git.example.com/x?private_token=ssw0rd'])(
  'a refused address %s is shown without what is secret in it',
  (fromGit) => {
    const apply = applyManifests as unknown as Operation;
    const refused = () => inputOf(apply, flagsOf(apply), { fromGit });
    expect(refused).toThrow(/--from-git "https:.*\*\*\*.*HECATE_GIT_CREDENTIALS_FILE/);
    expect(refused).not.toThrow(/ssw0rd/);
  },
);
