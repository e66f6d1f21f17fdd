import { expect, it } from 'vitest';
import { basicAuth } from '../../../src/domain/secrets/basic-auth.js';
import { isBcryptHash } from '../../../src/domain/values/bcrypt.js';

const effects = { hashPassword: async (password: string) => `hash of ${JSON.stringify(password)}` };
const HASH = `$2b$10$${'a'.repeat(53)}`;

it('keeps a hash for each user, whatever the password holds', async () => {
  const text = `ada:p:w\r\n\nbob: x \ncarl:${HASH}\n`;
  expect(basicAuth.problem(text)).toBeNull();
  expect(await basicAuth.store(text, effects)).toEqual({ ada: 'hash of "p:w"', bob: 'hash of " x "', carl: HASH });
});

it('loses no user, whatever their name', async () => {
  expect(Object.keys(await basicAuth.store('__proto__:a\nconstructor:b', effects))).toEqual([
    '__proto__',
    'constructor',
  ]);
});

it('knows the hashes that Caddy accepts', () => {
  expect(isBcryptHash(HASH)).toBe(true);
  expect(isBcryptHash('$2b$10$short')).toBe(false);
});

it.each([
  ['', 'the file is empty'],
  ['secretword', 'line 1'],
  [':secretword', 'line 1'],
  ['ada:', 'ada has no password'],
  ['ada:x\nada:y', 'user ada has two lines'],
  [`ada:${'ü'.repeat(40)}`, 'longer than 72 bytes'],
])('refuses %j', (text, said) => {
  expect(basicAuth.problem(text)).toContain(said);
});

it('is used by the routes whose middleware names it', () => {
  expect(basicAuth.usedBy({ middleware: ['request-id', 'basic-auth:team', 'basic-auth:ops'] })).toEqual([
    'team',
    'ops',
  ]);
  expect(basicAuth.usedBy({ middleware: ['header:X-Name=basic-auth:team'] })).toEqual([]);
});
