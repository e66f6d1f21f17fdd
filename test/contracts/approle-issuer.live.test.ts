import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { approleSecrets, createVaultApproleIssuer, ownSecretIds } from '../../src/adapters/vault/approle-issuer.js';
import { createVaultClient, logIn, type VaultClient } from '../../src/adapters/vault/vault-client.js';
import { createVaultSecrets } from '../../src/adapters/vault/vault-secrets.js';
import type { Credential, IssuedSecret, Issuer } from '../../src/ports/credentials.js';
import type { OpenbaoCall } from '../../src/stack/components/openbao-api.js';
import { freePort } from './nats-server.js';
import { startOpenbao, type TestOpenbao } from './openbao-server.js';

const WORKER = 'worker test/1';
const secretOf = (name: string): IssuedSecret => ({ name, settings: {} });
let editions = 0;
const newEdition = () => String(++editions).padStart(24, '0');

let bao: TestOpenbao;
let root: OpenbaoCall;
beforeAll(async () => {
  bao = await startOpenbao();
  root = await bao.root();
});
afterAll(() => bao.stop());

function issuerAt(address = bao.address): {
  readonly issuer: Issuer;
  readonly client: VaultClient;
  own: () => Promise<Credential[]>;
} {
  const { layout } = bao;
  const role = { address, roleIdFile: layout.roleId, secretIdFile: layout.secretId };
  const client = createVaultClient(role);
  const cliFiles = { roleIdFile: layout.cliRoleId, secretIdFile: layout.cliSecretId };
  const deps = { role, client, cliFiles, workerName: WORKER };
  const own = async () => (await ownSecretIds(deps)()).map((one) => ({ ...one, edition: `first of ${one.name}` }));
  return { issuer: createVaultApproleIssuer(deps), client, own };
}

const filesOf = (name: string) => {
  const { layout } = bao;
  return name === 'vault-worker' ? [layout.roleId, layout.secretId] : [layout.cliRoleId, layout.cliSecretId];
};

/** Returns true when Vault accepts a secret id, asked without the issuer. */
async function accepts(name: string, { value }: Credential): Promise<boolean> {
  const roleId = readFileSync(filesOf(name)[0]!, 'utf8').trim();
  return (await logIn(bao.address, { roleId, secretId: value['secret_id'] ?? '' })).login !== null;
}

async function secretIdsOf(name: string): Promise<readonly string[]> {
  const role = name.replace('vault', 'hecate');
  const { data } = (await root('GET', `/auth/approle/role/${role}/secret-id?list=true`)) as {
    data: { keys: string[] };
  };
  return data.keys;
}

async function inForce(name: string, own: () => Promise<Credential[]>): Promise<Credential> {
  return (await own()).find((one) => one.edition.endsWith(name))!;
}

describe.each(approleSecrets)('the issuer of secret ids, for %s', (name) => {
  const secret = secretOf(name);

  it('finds the one in use, by which nothing else is valid', async () => {
    const { own } = issuerAt();
    const first = await inForce(name, own);
    expect(await secretIdsOf(name)).toEqual([first.value['accessor']]);
    expect(first.value['secret_id']).toBe(readFileSync(filesOf(name)[1]!, 'utf8').trim());
  });

  it('tries everything and leaves nothing', async () => {
    const { issuer } = issuerAt();
    const before = await secretIdsOf(name);
    await issuer.preflight(secret);
    expect(await secretIdsOf(name)).toEqual(before);
  });

  it('issues one for an edition, also when it is asked twice, and takes it back', async () => {
    const { issuer, own } = issuerAt();
    const former = await inForce(name, own);
    const edition = newEdition();
    const lost = { edition, ...(await issuer.issue(secret, { edition, former })) };
    const next = { edition, ...(await issuer.issue(secret, { edition, former })) };
    expect(await accepts(name, lost)).toBe(false);
    await issuer.distribute(secret, next);
    await issuer.takeBack!(secret, former);
    expect((await inForce(name, own)).value).toEqual(former.value);
    await issuer.revoke(secret, edition, null);
    await issuer.revoke(secret, edition, next);
    expect(await accepts(name, next)).toBe(false);
    expect(await secretIdsOf(name)).toEqual([former.value['accessor']]);
  });

  it('rotates 20 times under steady use without a refused call, and Vault refuses each old one', async () => {
    const { issuer, client, own } = issuerAt();
    const secrets = createVaultSecrets({ address: bao.address, roleIdFile: '', secretIdFile: '' }, client);
    await secrets.keep('generic/steady/one', { value: 'x' });
    let [used, stopped] = [0, false];
    const problems: unknown[] = [];
    const use = async () => {
      while (!stopped) {
        if (name === 'vault-worker')
          await secrets.read('generic/steady/one').catch((error: unknown) => problems.push(error));
        else await asCommand().catch((error: unknown) => problems.push(error));
        used++;
        // Some hundred uses a second.
        await setTimeout(10);
      }
    };
    const users = [use(), use(), use(), use()];
    let former = await inForce(name, own);
    const old: Credential[] = [];
    onTestFinished(() => void (stopped = true));
    for (let round = 0; round < 20; round++) {
      const edition = newEdition();
      await issuer.preflight(secret);
      const next = { edition, ...(await issuer.issue(secret, { edition, former })) };
      expect(await issuer.isAccepted(secret, former)).toBe(true);
      await issuer.distribute(secret, next);
      await issuer.distribute(secret, next);
      const names = (await issuer.prove(secret, next)).map((one) => one.name);
      expect(names).toEqual([name === 'vault-worker' ? WORKER : `commands (${filesOf(name)[1]!})`]);
      await issuer.revoke(secret, former.edition, former);
      await issuer.revoke(secret, former.edition, former);
      expect(await issuer.isAccepted(secret, former)).toBe(false);
      expect(await issuer.removeOthers!(secret, [next])).toBe(0);
      old.push(former);
      former = next;
    }
    stopped = true;
    await Promise.all(users);
    expect(problems).toEqual([]);
    expect(used).toBeGreaterThan(100);
    for (const one of old) expect(await accepts(name, one)).toBe(false);
    expect(await accepts(name, former)).toBe(true);
    expect(await secretIdsOf(name)).toEqual([former.value['accessor']]);
  });

  it.runIf(name === 'vault-worker')(
    'is followed by another worker that uses the same file, without a refused call',
    async () => {
      const [{ issuer, own }, other] = [issuerAt(), issuerAt().client];
      const former = await inForce(name, own);
      await other.login();
      const edition = newEdition();
      const next = { edition, ...(await issuer.issue(secret, { edition, former })) };
      await issuer.distribute(secret, next);
      await issuer.revoke(secret, former.edition, former);
      await expect
        .poll(async () => {
          const { status } = await other.call({ method: 'GET', path: 'hecate/data/tls/none' });
          expect(status).toBe(404);
          return (await other.login()).metadata['edition'];
        })
        .toBe(edition);
    },
  );

  it('removes what Hecate left, and nothing of others', async () => {
    const { issuer, own } = issuerAt();
    const current = await inForce(name, own);
    const edition = newEdition();
    const left = { edition, ...(await issuer.issue(secret, { edition, former: current })) };
    const role = name.replace('vault', 'hecate');
    const { data } = (await root('POST', `/auth/approle/role/${role}/secret-id`, {})) as {
      data: { secret_id_accessor: string };
    };
    expect(await issuer.removeOthers!(secret, [current])).toBe(1);
    expect(await accepts(name, left)).toBe(false);
    expect((await secretIdsOf(name)).toSorted()).toEqual(
      [current.value['accessor'], data.secret_id_accessor].toSorted(),
    );
    await root('POST', `/auth/approle/role/${role}/secret-id-accessor/destroy`, data);
  });

  it('does not prove one that is not used, and names who does not use it', async () => {
    const { issuer, own } = issuerAt();
    const former = await inForce(name, own);
    const edition = newEdition();
    const next = { edition, ...(await issuer.issue(secret, { edition, former })) };
    await expect(issuer.prove(secret, next)).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining(filesOf(name)[1]!) as string,
    });
    await issuer.revoke(secret, edition, next);
    await expect(issuer.distribute(secret, next)).rejects.toMatchObject({ kind: 'denied' });
    expect((await inForce(name, own)).value).toEqual(former.value);
  });

  it('does not lock the role where Vault counts refused logins', async () => {
    const { issuer, own } = issuerAt();
    const current = await inForce(name, own);
    const gone = { edition: newEdition(), value: { secret_id: 'gone', accessor: 'gone' }, plain: null };
    await root('POST', '/sys/auth/approle/tune', { user_lockout_config: { lockout_disable: false } });
    for (let round = 0; round < 12; round++) expect(await issuer.isAccepted(secret, gone)).toBe(false);
    expect(await accepts(name, current)).toBe(true);
    await root('POST', '/sys/auth/approle/tune', { user_lockout_config: { lockout_disable: true } });
    for (let round = 0; round < 12; round++) expect(await accepts(name, gone)).toBe(false);
    expect(await accepts(name, current), 'the embedded OpenBao locks no role').toBe(true);
  });

  const role = `auth/approle/role/${name.replace('vault', 'hecate')}`;
  it.each([
    ['secret-id', 'create or update'],
    ['secret-id/', 'list'],
    ['secret-id/lookup', 'create or update'],
    ['secret-id-accessor/lookup', 'create or update'],
    ['secret-id-accessor/destroy', 'create or update'],
  ])('says that the policy lacks %s', async (below, capability) => {
    const { policy } = ((await root('GET', '/sys/policies/acl/hecate-worker')) as { data: { policy: string } }).data;
    await root('PUT', '/sys/policies/acl/hecate-worker', { policy: policy.replace(`"${role}/${below}"`, '"none"') });
    await expect(issuerAt().issuer.preflight(secret)).rejects.toMatchObject({
      kind: 'denied',
      message: expect.stringContaining(`refuses ${role}/${below}, capability ${capability}`) as string,
    });
    await root('PUT', '/sys/policies/acl/hecate-worker', { policy });
    await issuerAt().issuer.preflight(secret);
  });
});

describe('a new secret id in its response wrapping', () => {
  let listener: Server;
  let address: string;
  let opens = false;
  beforeAll(async () => {
    const port = await freePort();
    address = `http://127.0.0.1:${port}`;
    // Stands between worker and OpenBao, and opens the wrapping before it passes it on.
    listener = createServer((request, response) => {
      void (async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        const headers = Object.fromEntries(
          Object.entries(request.headers).filter(([key]) => key.startsWith('x-vault') || key === 'content-type'),
        ) as Record<string, string>;
        const body = chunks.length > 0 ? { body: Buffer.concat(chunks) } : {};
        const answer = await fetch(`${bao.address}${request.url}`, {
          method: request.method ?? 'GET',
          headers,
          ...body,
        });
        const text = await answer.text();
        const { token } = (text === '' ? {} : (JSON.parse(text) as { wrap_info?: { token: string } })).wrap_info ?? {};
        if (opens && token !== undefined)
          await fetch(`${bao.address}/v1/sys/wrapping/unwrap`, { method: 'POST', headers: { 'x-vault-token': token } });
        response.writeHead(answer.status).end(text);
      })();
    }).listen(port, '127.0.0.1');
  });
  beforeEach(() => void (opens = false));
  afterAll(() => listener.close());

  it('is destroyed when somebody else opened it, and the failure says so', async () => {
    const { issuer } = issuerAt(address);
    await issuer.preflight(secretOf('vault-cli'));
    const before = await secretIdsOf('vault-cli');
    opens = true;
    const issuing = issuer.issue(secretOf('vault-cli'), { edition: newEdition(), former: null });
    await expect(issuing).rejects.toMatchObject({
      kind: 'denied',
      message: expect.stringMatching(/opened by somebody else; that secret id was destroyed/) as string,
    });
    expect(await secretIdsOf('vault-cli')).toEqual(before);
  });

  it('is not given without a wrapping', async () => {
    const { client } = issuerAt();
    const path = 'auth/approle/role/hecate-worker/secret-id';
    expect((await client.call({ method: 'POST', path, body: {} })).status).toBe(403);
  });
});

/** Logs in as a command does: with the file's content of this moment. */
async function asCommand(): Promise<void> {
  const [roleIdFile = '', secretIdFile = ''] = filesOf('vault-cli');
  await createVaultClient({ address: bao.address, roleIdFile, secretIdFile }).login();
}
