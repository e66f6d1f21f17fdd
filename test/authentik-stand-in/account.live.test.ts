import { linkSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAuthentikIdentity } from '../../src/adapters/authentik/authentik-identity.js';
import { managerRights } from '../../src/adapters/authentik/client/calls.js';
import { ensureAuthentikAccount } from '../../src/stack/components/authentik-account.js';
import { createLab, type Lab } from './lab.js';

type Fields = Record<string, unknown>;
const folder = mkdtempSync(join(tmpdir(), 'hecate-account-'));
const tokenFile = join(folder, 'made-token');
let lab: Lab;
beforeEach(async () => void (lab = await createLab()));
afterEach(async () => {
  await lab.close();
  rmSync(tokenFile, { force: true });
});

const options = () => ({
  url: lab.url,
  adminTokenFile: join(lab.data, 'bootstrap-token'),
  tokenFile,
  browserUrl: 'https://auth.example.com/',
  account: 'other',
});
const list = async (path: string) => ((await lab.call('GET', path)).body as { results: Fields[] }).results;
const account = async () => (await list('/core/users/?username=other'))[0]!;
const checks = () =>
  createAuthentikIdentity({ url: lab.url, tokenFile, environment: 'main', publicHttpsPort: 443 }).checks();

describe("Hecate's account", () => {
  it('is made with exactly the rights that Hecate needs, once', async () => {
    const steps = await ensureAuthentikAccount(options());
    expect(steps.filter(({ isNew }) => !isNew)).toEqual([]);
    const token = readFileSync(tokenFile, 'utf8');
    expect(statSync(tokenFile).mode & 0o777).toBe(0o600);
    expect(JSON.stringify(steps)).not.toContain(token.trim());
    const again = await ensureAuthentikAccount(options());
    expect(again.filter(({ isNew }) => isNew)).toEqual([]);
    expect(readFileSync(tokenFile, 'utf8')).toBe(token);
    const [role] = (await account())['roles'] as string[];
    const rights = await list(`/rbac/permissions/?role=${role}&page_size=100`);
    expect(rights.map(({ app_label, codename }) => `${String(app_label)}.${String(codename)}`).sort()).toEqual(
      [...managerRights].sort(),
    );
    const made = await checks();
    expect(made.filter(({ passed }) => !passed)).toEqual([]);
    expect(made.find(({ name }) => name === 'outpost')?.detail).toContain('https://auth.example.com/');
    expect(await list('/core/tokens/?identifier=other')).toMatchObject([{ intent: 'api', expiring: false }]);
  });

  it('changes nothing in a dry run, and says what it would make', async () => {
    const before = await Promise.all(['/core/users/', '/rbac/roles/', '/core/tokens/'].map(list));
    const steps = await ensureAuthentikAccount({ ...options(), isDryRun: true });
    expect(steps.map(({ what, isNew }) => [isNew, what])).toEqual([
      [true, 'role other'],
      [true, `${managerRights.length} rights of role other`],
      [true, 'service account other'],
      [true, 'role of service account other'],
      [true, 'API token other that does not expire'],
      [true, `file ${tokenFile} with the token`],
      [true, "https://auth.example.com/ as the outpost's URL for browsers"],
    ]);
    expect(await Promise.all(['/core/users/', '/rbac/roles/', '/core/tokens/'].map(list))).toEqual(before);
  });

  it('gets back what somebody took from it, and keeps what it has besides', async () => {
    await ensureAuthentikAccount(options());
    const found = await account();
    const [role] = found['roles'] as string[];
    const taken = ['authentik_core.delete_group', 'authentik_outposts.change_outpost'];
    await lab.call('PATCH', `/rbac/permissions/assigned_by_roles/${role}/unassign/`, { permissions: taken });
    const own = await lab.post('/rbac/roles/', { name: 'own' });
    await lab.call('PATCH', `/core/users/${String(found['pk'])}/`, { roles: [own['pk']] });
    const wrong = { identifier: 'other', intent: 'api', user: found['pk'], expiring: true };
    await lab.call('PUT', '/core/tokens/other/', wrong);
    writeFileSync(tokenFile, 'an older token');
    const steps = await ensureAuthentikAccount(options());
    expect(steps.filter(({ isNew }) => isNew).map(({ what }) => what)).toEqual([
      '2 rights of role other',
      'role of service account other',
      'API token other: no expiry',
      `file ${tokenFile} with the token`,
    ]);
    expect((await account())['roles']).toEqual([own['pk'], role]);
    expect((await checks()).filter(({ passed }) => !passed)).toEqual([]);
  });

  it('keeps the token of its file after a rotation, and makes the first one again when the file has none', async () => {
    await ensureAuthentikAccount(options());
    const { pk } = await account();
    const token = readFileSync(tokenFile, 'utf8').trim();
    await lab.call('POST', '/core/tokens/', { identifier: 'hecate-main-token-x', expiring: false }, token);
    const { body } = await lab.call('GET', '/core/tokens/hecate-main-token-x/view_key/', undefined, token);
    writeFileSync(tokenFile, String(body['key']));
    await lab.call('DELETE', '/core/tokens/other/', undefined, String(body['key']));
    expect((await ensureAuthentikAccount(options())).filter(({ isNew }) => isNew)).toEqual([]);
    expect(await list(`/core/tokens/?user__username=other&intent=api`)).toMatchObject([
      { identifier: 'hecate-main-token-x', user: pk },
    ]);
    rmSync(tokenFile);
    const steps = await ensureAuthentikAccount(options());
    expect(steps.filter(({ isNew }) => isNew).map(({ what }) => what)).toEqual([
      'API token other that does not expire',
      `file ${tokenFile} with the token`,
    ]);
  });

  it('of an older version gets what its own tokens need to last', async () => {
    await ensureAuthentikAccount(options());
    const path = `/core/users/${String((await account())['pk'])}/`;
    await lab.call('PATCH', path, { attributes: { note: 'kept' } });
    const steps = await ensureAuthentikAccount(options());
    expect(steps.filter(({ isNew }) => isNew).map(({ what }) => what)).toEqual([
      'service account other: its API tokens do not expire',
    ]);
    expect((await account())['attributes']).toEqual({ note: 'kept', 'goauthentik.io/user/token-expires': false });
  });

  it('is refused where its names belong to something else', async () => {
    await lab.addUser('other');
    await expect(ensureAuthentikAccount(options())).rejects.toMatchObject({ kind: 'conflict' });
    await lab.post('/core/tokens/', { identifier: 'third', intent: 'api' });
    await expect(ensureAuthentikAccount({ ...options(), account: 'third' })).rejects.toMatchObject({
      kind: 'conflict',
      message: 'authentik has a token third of another account',
    });
  });
});

describe('an account that cannot be made', () => {
  const failure = (changed: Partial<ReturnType<typeof options>>) =>
    ensureAuthentikAccount({ ...options(), ...changed }).catch((error: unknown) => error);
  const file = (text: string) => {
    const path = join(folder, 'admin');
    writeFileSync(path, text);
    return path;
  };

  const linked = (name: string, link: (to: string, path: string) => void) => {
    link(join(folder, 'admin'), join(folder, name));
    return join(folder, name);
  };

  it.each([
    ['denied', () => ({ adminTokenFile: file('wrong-token') }), '403 to GET /core/users/me/'],
    [
      'denied',
      () => ({ adminTokenFile: join(lab.data, 'hecate-token') }),
      'belongs to hecate, who is no administrator',
    ],
    ['missing', () => ({ adminTokenFile: join(folder, 'nowhere') }), 'does not exist'],
    ['invalid', () => ({ adminTokenFile: file('two words') }), 'does not hold one token'],
    ['invalid', () => ({ tokenFile: join(folder, 'nowhere', 'token') }), 'cannot write into the folder'],
    ['invalid', () => ({ adminTokenFile: folder }), 'it is a folder'],
    ['invalid', () => ({ adminTokenFile: '/dev/zero' }), 'it is not a regular file'],
    ['invalid', () => ({ tokenFile: folder }), 'it is a folder'],
    [
      'invalid',
      () => ({ adminTokenFile: file('same'), tokenFile: join(folder, 'admin') }),
      "the administrator's token",
    ],
    ['invalid', () => ({ adminTokenFile: file('same'), tokenFile: linked('soft', symlinkSync) }), "administrator's"],
    ['invalid', () => ({ adminTokenFile: file('same'), tokenFile: linked('hard', linkSync) }), "administrator's"],
    ['unavailable', () => ({ url: 'http://127.0.0.1:9' }), 'does not answer'],
  ])('says why: %s', async (kind, changed, words) => {
    const error = await failure(changed());
    expect(error).toMatchObject({ kind, message: expect.stringContaining(words) as string });
    expect(String(error)).not.toContain('wrong-token');
    expect(await list('/core/users/?username=other')).toEqual([]);
  });

  it.each([
    [200, '<html></html>'],
    [200, 'null'],
    [200, '{"user":null}'],
    [302, ''],
    [401, '<html></html>'],
    [404, '<html></html>'],
    [404, '{"detail":"Not found"}'],
  ])('says when another server answers: %s %s', async (status, body) => {
    const server = createServer((_, response) => response.writeHead(status, { location: '/' }).end(body));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const message = expect.stringContaining(`no authentik answers at ${url}`) as string;
    expect(await failure({ url })).toMatchObject({ kind: 'invalid', message });
    server.close();
  });
});
