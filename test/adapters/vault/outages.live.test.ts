import { rmSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readText, writePrivate } from '../../../src/adapters/files/private-files.js';
import { createVaultClient, type VaultClient } from '../../../src/adapters/vault/vault-client.js';
import { createVaultSecrets } from '../../../src/adapters/vault/vault-secrets.js';
import type { Secrets } from '../../../src/ports/secrets.js';
import { eventually } from '../../contracts/proxy-caddy.js';
import { startOpenbao, type TestOpenbao } from '../../contracts/openbao-server.js';

const PATH = 'generic/team/one';
const VALUE = { key: 'a value that nobody may see' };
const LOGIN = '/auth/approle/role/hecate-worker';

/** One worker's client that lives through all of it. */
describe('a client of Vault', () => {
  let bao: TestOpenbao;
  let client: VaultClient;
  let secrets: Secrets;
  beforeAll(async () => {
    bao = await startOpenbao();
    const { address, layout } = bao;
    const role = { address, roleIdFile: layout.roleId, secretIdFile: layout.secretId };
    client = createVaultClient(role);
    secrets = createVaultSecrets(role, client);
    await secrets.keep(PATH, VALUE);
  });
  beforeEach(async () => expect(await secrets.read(PATH)).toEqual(VALUE));
  afterAll(() => bao.stop());

  const answers = () =>
    eventually(async () => JSON.stringify(await secrets.read(PATH).catch(() => null)) === JSON.stringify(VALUE));

  it('says that Vault is sealed, and goes on when it is open again', async () => {
    const root = await bao.root();
    await answers();
    await root('PUT', '/sys/seal');
    await expect(secrets.read(PATH)).rejects.toMatchObject({
      kind: 'unavailable',
      message: `Vault at ${bao.address} is sealed`,
      details: { hint: expect.stringContaining('unseal') as string },
    });
    const atStart = createVaultSecrets({
      address: bao.address,
      roleIdFile: bao.layout.roleId,
      secretIdFile: bao.layout.secretId,
    });
    await expect(atStart.read(PATH)).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('is sealed') as string,
    });
    await bao.kill();
    await bao.start();
    await answers();
    expect(await atStart.read(PATH)).toEqual(VALUE);
  });

  it('says that Vault is down, and goes on when it is back', async () => {
    await bao.kill();
    await expect(secrets.read(PATH)).rejects.toMatchObject({
      kind: 'unavailable',
      message: `Vault at ${bao.address} does not answer (ECONNREFUSED)`,
    });
    await bao.start();
    await answers();
  });

  it('waits five seconds at most for a Vault that hangs, and goes on when it does', async () => {
    bao.hang();
    const begun = Date.now();
    await expect(secrets.read(PATH)).rejects.toMatchObject({
      kind: 'unavailable',
      message: `Vault at ${bao.address} does not answer (no answer in time)`,
    });
    expect(Date.now() - begun).toBeLessThan(10_000);
    bao.goOn();
    await answers();
  }, 30_000);

  it('logs in anew when its token was revoked, without a failed call', async () => {
    const root = await bao.root();
    await answers();
    const { token } = await client.login();
    await root('POST', '/auth/token/revoke', { token });
    expect(await secrets.read(PATH)).toEqual(VALUE);
    expect((await client.login()).token).not.toBe(token);
  });

  it('logs in anew before its token ends, without a failed call', async () => {
    const root = await bao.root();
    await answers();
    await root('POST', LOGIN, { token_policies: ['hecate-worker'], token_ttl: '2s', token_max_ttl: '2s' });
    await client.logInAgain();
    const tokens = new Set<string>();
    for (const end = Date.now() + 5_000; Date.now() < end;) {
      expect(await secrets.read(PATH)).toEqual(VALUE);
      tokens.add((await client.login()).token);
    }
    expect(tokens.size).toBeGreaterThan(1);
    await root('POST', LOGIN, { token_policies: ['hecate-worker'], token_ttl: '20m', token_max_ttl: '20m' });
    await client.logInAgain();
  }, 30_000);

  it('names the files when Vault refuses the login, and goes on when they are right again', async () => {
    const { secretId } = bao.layout;
    const right = readText(secretId).value ?? '';
    writePrivate(secretId, 'wrong\n');
    const other = createVaultSecrets({ address: bao.address, roleIdFile: bao.layout.roleId, secretIdFile: secretId });
    await expect(other.read(PATH)).rejects.toMatchObject({
      kind: 'denied',
      details: { hint: expect.stringContaining(secretId) as string },
    });
    rmSync(secretId);
    await expect(other.read(PATH)).rejects.toMatchObject({
      kind: 'denied',
      message: expect.stringContaining(`cannot read ${secretId}`) as string,
    });
    writePrivate(secretId, `${right}\n`);
    expect(await other.read(PATH)).toEqual(VALUE);
  });
});
