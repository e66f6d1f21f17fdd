import { expect, it } from 'vitest';
import { keepCredential, readCredential } from '../../../../src/activities/secrets/rotation/credentials.js';
import { plainPathOf } from '../../../../src/domain/resources/secret.js';
import { createMemorySecrets } from '../../../../src/adapters/memory/secrets.js';

const secret = { kind: 'basic-auth', name: 'team' } as const;
const edition = 'a'.repeat(24);
const credential = (word: string) => ({ edition, value: { ada: `hash of ${word}` }, plain: { ada: word } });

it('keeps the texts that belong to the value, also after an attempt that ended between the two', async () => {
  const vault = createMemorySecrets();
  await vault.keep(plainPathOf(secret, edition), credential('one').plain);
  await keepCredential(vault, secret, credential('two'));
  expect(await readCredential(vault, secret, { edition })).toEqual(credential('two'));
});

it('changes nothing that is there whole', async () => {
  const vault = createMemorySecrets();
  await keepCredential(vault, secret, credential('one'));
  await keepCredential(vault, secret, credential('two'));
  expect(await readCredential(vault, secret, { edition })).toEqual(credential('one'));
});
