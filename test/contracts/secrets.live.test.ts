import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMemorySecrets } from '../../src/adapters/memory/secrets.js';
import { createVaultClient } from '../../src/adapters/vault/vault-client.js';
import { createVaultSecrets } from '../../src/adapters/vault/vault-secrets.js';
import { createSecretStaging } from '../../src/adapters/vault/secret-staging.js';
import { SCRATCH_FOLDER, type Secrets, type SecretStaging } from '../../src/ports/secrets.js';
import { reasonForRoot } from '../../src/stack/components/openbao-root.js';
import { setUpOpenbao } from '../../src/stack/components/openbao-setup.js';
import type { HomeLayout } from '../../src/stack/home-layout.js';
import { startOpenbao, type TestOpenbao } from './openbao-server.js';

interface Subject {
  readonly secrets: Secrets;
  readonly staging: SecretStaging;
  away(): Promise<void>;
  back(): Promise<void>;
  stop(): Promise<void>;
}

const workerRole = ({ address, layout }: { address: string; layout: HomeLayout }) => ({
  address,
  roleIdFile: layout.roleId,
  secretIdFile: layout.secretId,
});
const cliRole = ({ address, layout }: { address: string; layout: HomeLayout }) => ({
  address,
  roleIdFile: layout.cliRoleId,
  secretIdFile: layout.cliSecretId,
});

const subjects: Record<string, () => Promise<Subject>> = {
  'the fake': async () => {
    const secrets = createMemorySecrets();
    const reach = (reachable: boolean) => async () => void (secrets.reachable = reachable);
    return { secrets, staging: secrets, away: reach(false), back: reach(true), stop: async () => undefined };
  },
  'real OpenBao': async () => {
    const bao = await startOpenbao();
    return {
      secrets: createVaultSecrets(workerRole(bao)),
      staging: createSecretStaging(cliRole(bao)),
      away: () => bao.kill(),
      back: () => bao.start(),
      stop: () => bao.stop(),
    };
  },
};

const id = (letter: string) => letter.repeat(24);
const VALUE = 'a value that nobody may see';

describe.each(Object.keys(subjects))('secrets: %s', (kind) => {
  let subject: Subject;
  beforeAll(async () => {
    subject = await subjects[kind]!();
  });
  afterAll(() => subject.stop());

  it('finds nothing where nothing lies', async () => {
    expect(await subject.secrets.read('tls/none')).toBeNull();
    expect(await subject.secrets.staged(id('z'))).toBeNull();
  });

  it('keeps a value for ever: the first one stays', async () => {
    await subject.secrets.keep('tls/one', { key: VALUE });
    await subject.secrets.keep('tls/one', { key: 'another' });
    expect(await subject.secrets.read('tls/one')).toEqual({ key: VALUE });
  });

  it('lists what lies below a folder, and destroys one path without its neighbours, twice without harm', async () => {
    for (const path of ['generic/a/one', 'generic/a/two', 'generic/ab/one', 'generic/plain'])
      await subject.secrets.keep(path, { key: VALUE });
    expect(await subject.secrets.list('generic')).toEqual(['a/', 'ab/', 'plain']);
    expect(await subject.secrets.list('generic/a')).toEqual(['one', 'two']);
    expect(await subject.secrets.list('')).toContain('generic/');
    expect(await subject.secrets.list('generic/none')).toEqual([]);
    await subject.secrets.destroy('generic/a/one');
    await subject.secrets.destroy('generic/a/one');
    expect(await subject.secrets.list('generic/a')).toEqual(['two']);
    expect(await subject.secrets.read('generic/a/one')).toBeNull();
    await subject.secrets.keep('generic/a/one', { key: 'again' });
    expect(await subject.secrets.read('generic/a/one')).toEqual({ key: 'again' });
  });

  it('tells when a value was written', async () => {
    await subject.secrets.keep('generic/when/one', { key: VALUE });
    const written = await subject.secrets.writtenAt('generic/when/one');
    expect(Math.abs(Date.parse(written ?? '') - Date.now())).toBeLessThan(60_000);
    expect(await subject.secrets.writtenAt('generic/when/none')).toBeNull();
  });

  it('tries what its role may do and leaves nothing', async () => {
    await subject.secrets.probe();
    expect(await subject.secrets.list(SCRATCH_FOLDER)).toEqual([]);
  });

  it('takes over what was staged and removes it, twice without harm', async () => {
    await subject.staging.stage(id('a'), VALUE);
    expect(await subject.secrets.staged(id('a'))).toBe(VALUE);
    await subject.secrets.discard(id('a'));
    await subject.secrets.discard(id('a'));
    expect(await subject.secrets.staged(id('a'))).toBeNull();
  });

  it('lets nobody replace what was staged', async () => {
    await subject.staging.stage(id('b'), VALUE);
    await expect(subject.staging.stage(id('b'), 'another')).rejects.toMatchObject({ kind: 'denied' });
    expect(await subject.secrets.staged(id('b'))).toBe(VALUE);
  });

  it('says that it is away, without a value, and has everything when it is back', async () => {
    await subject.away();
    const keeping = subject.secrets.keep('tls/two', { key: VALUE });
    await expect(keeping).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(keeping).rejects.not.toHaveProperty('message', expect.stringContaining(VALUE));
    await expect(subject.staging.stage(id('c'), VALUE)).rejects.toMatchObject({ kind: 'unavailable' });
    await subject.back();
    await expect
      .poll(() => subject.secrets.read('tls/one').catch(() => null), { timeout: 20_000 })
      .toEqual({ key: VALUE });
  });
});

describe('the roles in OpenBao', () => {
  let bao: TestOpenbao;
  beforeAll(async () => {
    bao = await startOpenbao();
  });
  afterAll(() => bao.stop());

  it('let the command line leave something and nothing else', async () => {
    await createSecretStaging(cliRole(bao)).stage(id('a'), VALUE);
    const cli = createVaultClient(cliRole(bao));
    const tries = [
      { method: 'GET', path: `hecate-staging/data/${id('a')}` },
      { method: 'GET', path: 'hecate-staging/metadata/?list=true' },
      { method: 'DELETE', path: `hecate-staging/metadata/${id('a')}` },
      { method: 'POST', path: `hecate-staging/data/${id('a')}`, body: { data: { content: 'another' } } },
      { method: 'GET', path: 'hecate/data/tls/one' },
      { method: 'POST', path: 'hecate/data/tls/one', body: { data: {} } },
    ] as const;
    for (const call of tries) expect((await cli.call(call)).status, `${call.method} ${call.path}`).toBe(403);
  });

  it('make what was staged expire', async () => {
    const worker = createVaultClient(workerRole(bao));
    const { body } = await worker.call({ method: 'GET', path: `hecate-staging/data/${id('a')}` });
    const { created_time, deletion_time } = (body as { data: { metadata: Record<string, string> } }).data.metadata;
    expect(Date.parse(deletion_time ?? '') - Date.parse(created_time ?? '')).toBe(3_600_000);
  });

  it('are given to a home from before, by its recovery key, and the root token is revoked', async () => {
    const { layout, address } = bao;
    rmSync(layout.cliRoleId);
    rmSync(layout.cliSecretId);
    await setUpOpenbao(address, layout);
    expect(existsSync(layout.cliSecretId), 'a running one does not allow it').toBe(false);
    await bao.kill();
    await bao.start();
    await setUpOpenbao(address, layout);
    await createSecretStaging(cliRole(bao)).stage(id('d'), VALUE);
    expect(existsSync(layout.rootToken)).toBe(false);
  });

  it('get the policies of this version in a home of another one, and keep their credentials', async () => {
    const { layout, address } = bao;
    const before = [layout.secretId, layout.cliSecretId].map((file) => readFileSync(file, 'utf8'));
    const root = await bao.root();
    const policy = 'path "hecate/data/*" { capabilities = ["create", "read", "update"] }';
    await root('PUT', '/sys/policies/acl/hecate-worker', { policy });
    rmSync(layout.rolesMark);
    await expect(createVaultSecrets(workerRole(bao)).probe()).rejects.toMatchObject({ kind: 'denied' });
    expect(reasonForRoot(layout)).toMatch(/policies of another version/);
    await bao.kill();
    await bao.start();
    await setUpOpenbao(address, layout);
    await createVaultSecrets(workerRole(bao)).probe();
    expect([layout.secretId, layout.cliSecretId].map((file) => readFileSync(file, 'utf8'))).toEqual(before);
    expect(existsSync(layout.rootToken)).toBe(false);
    expect(reasonForRoot(layout)).toBeNull();
  });

  it.each([
    ['create', 'data/*', ['read', 'update'], /refuses hecate\/data\/preflight\/\S+, capability create or update/],
    ['read', 'data/*', ['create', 'update'], /refuses hecate\/data\/preflight\/\S+, capability read/],
    ['list', 'metadata/*', ['read', 'delete'], /refuses hecate\/metadata\/preflight\/, capability list/],
    ['delete', 'metadata/*', ['read', 'list'], /refuses hecate\/metadata\/preflight\/\S+, capability delete/],
  ])('are found out when they lack %s on %s', async (_missing, below, left, message) => {
    const root = await bao.root();
    const { policy } = ((await root('GET', '/sys/policies/acl/hecate-worker')) as { data: { policy: string } }).data;
    const line = new RegExp(`path "hecate/${below.replace('*', '\\*')}".*`);
    const lacking = policy.replace(line, `path "hecate/${below}" { capabilities = ${JSON.stringify(left)} }`);
    await root('PUT', '/sys/policies/acl/hecate-worker', { policy: lacking });
    await expect(createVaultSecrets(workerRole(bao)).probe()).rejects.toMatchObject({
      kind: 'denied',
      message: expect.stringMatching(message) as string,
    });
    await root('PUT', '/sys/policies/acl/hecate-worker', { policy });
    await createVaultSecrets(workerRole(bao)).probe();
  });

  it('leave a home without its recovery key as it was', async () => {
    const { layout, address } = bao;
    for (const file of [layout.cliRoleId, layout.cliSecretId, layout.recoveryKey]) rmSync(file);
    await setUpOpenbao(address, layout);
    expect(await createVaultSecrets(workerRole(bao)).read('tls/none')).toBeNull();
  });

  it('refuse a credential that is not theirs', async () => {
    writeFileSync(bao.layout.secretId, 'wrong\n', { mode: 0o600 });
    const refused = createVaultSecrets(workerRole(bao)).read('tls/one');
    await expect(refused).rejects.toMatchObject({ kind: 'denied' });
  });
});
