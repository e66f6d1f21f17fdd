import { beforeEach, expect, it } from 'vitest';
import { claimSecrets } from '../../../src/activities/secrets/claim-secrets.js';
import { createMemorySecrets, type MemorySecrets } from '../../../src/adapters/memory/secrets.js';
import type { Claim } from '../../../src/domain/secrets/claim.js';

const staged = 'a'.repeat(24);
const claim: Claim = { staged, kind: 'basic-auth', vaultPath: 'basic-auth/team/a' };

let secrets: MemorySecrets;
const claimAll = (...claims: Claim[]) =>
  claimSecrets(
    { secrets, hashPassword: async (password) => `#${password.length}`, sha256: (text) => text.padEnd(16, '-') },
    claims,
  );

beforeEach(() => (secrets = createMemorySecrets()));

it('moves a staged value to its own path, once, as its kind keeps it', async () => {
  await secrets.stage(staged, 'ada:hunter2\n');
  await claimAll(claim);
  expect(await secrets.staged(staged)).toBeNull();
  expect(await secrets.read('basic-auth/team/a')).toEqual({ ada: '#7' });
  await claimAll(claim);
  expect(await secrets.read('basic-auth/team/a')).toEqual({ ada: '#7' });
});

it('takes the claims of a workflow that an older version started', async () => {
  const key = 'b'.repeat(24);
  await secrets.stage(staged, 'ada:hunter2\n');
  await secrets.stage(key, 'KEY');
  const former = [
    { staged, kind: 'accounts', place: 'basic-auth/team/a' },
    { staged: key, kind: 'tls-key', place: 'tls/f' },
  ];
  await claimAll(...(former as unknown as Claim[]));
  expect(await secrets.read('basic-auth/team/a')).toEqual({ ada: '#7' });
  expect(await secrets.read('tls/f')).toEqual({ key: 'KEY' });
});

it('refuses a value that has a problem, without repeating it, and keeps nothing', async () => {
  await secrets.stage(staged, 'hunter2');
  const refused = claimAll(claim);
  await expect(refused).rejects.toMatchObject({ kind: 'invalid' });
  await expect(refused).rejects.not.toThrow('hunter2');
  expect(await secrets.read('basic-auth/team/a')).toBeNull();
});

it('says that a value which expired must be given again', async () => {
  await expect(claimAll(claim)).rejects.toMatchObject({ kind: 'missing', details: { hint: 'Run the command again.' } });
});

it('keeps the access to a destination of backups in place of the one before', async () => {
  const access = { staged, kind: 's3-access', vaultPath: 's3://b-1/' } as const;
  const path = 'backup/destinations/s3://b-1/-------';
  for (const region of ['eu-central-1', 'us-east-1']) {
    await secrets.stage(staged, JSON.stringify({ region }));
    await claimAll(access);
    expect(await secrets.read(path)).toEqual({ access: JSON.stringify({ region }) });
    // Again, as after a crash.
    await claimAll(access);
  }
});
