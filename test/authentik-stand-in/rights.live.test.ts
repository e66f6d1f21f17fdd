import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAuthentikIdentity } from '../../src/adapters/authentik/authentik-identity.js';
import { managerRights } from '../../src/adapters/authentik/client/calls.js';
import { createLab, type Lab } from './lab.js';

type Fields = Record<string, unknown>;
const folder = mkdtempSync(join(tmpdir(), 'hecate-rights-'));
const tokenFile = join(folder, 'token');
let lab: Lab;
let role: string;
beforeAll(async () => {
  lab = await createLab();
  const { results } = (await lab.call('GET', '/rbac/roles/?name=hecate')).body as { results: { pk: string }[] };
  role = results[0]!.pk;
  writeFileSync(tokenFile, lab.secret('hecate-token'));
});
afterAll(async () => {
  await lab.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => grant(managerRights));

/** Gives Hecate's role exactly these rights. */
async function grant(permissions: readonly string[]): Promise<void> {
  await lab.call('PATCH', `/rbac/permissions/assigned_by_roles/${role}/unassign/`, { permissions: managerRights });
  await lab.call('POST', `/rbac/permissions/assigned_by_roles/${role}/assign/`, { permissions });
}

const identity = (environment = 'rights') =>
  createAuthentikIdentity({ url: lab.url, tokenFile, environment, publicHttpsPort: 443 });
const rights = async () => (await identity().checks()).find(({ name }) => name === 'rights');

describe('the check of the rights', () => {
  it('is content with the rights that Hecate needs, and with those of a superuser', async () => {
    expect(await rights()).toMatchObject({ passed: true, detail: 'complete' });
    writeFileSync(tokenFile, lab.secret('bootstrap-token'));
    expect(await rights()).toMatchObject({ passed: true, detail: 'complete' });
    writeFileSync(tokenFile, lab.secret('hecate-token'));
  });

  it.each(managerRights)('names %s when it alone is missing', async (missing) => {
    await grant(managerRights.filter((right) => right !== missing));
    expect(await rights()).toMatchObject({
      passed: false,
      detail: expect.stringContaining(`missing: ${missing}. An administrator`) as string,
    });
  });

  it('names all when the account has no role', async () => {
    const user = (await lab.call('GET', '/core/users/?username=hecate')).body as { results: Fields[] };
    const path = `/core/users/${String(user.results[0]?.['pk'])}/`;
    await lab.call('PATCH', path, { roles: [] });
    const { detail } = (await rights())!;
    await lab.call('PATCH', path, { roles: [role] });
    expect(managerRights.filter((right) => !detail.includes(right))).toEqual([]);
  });

  it('says that the token cannot be rotated when tokens of the account expire', async () => {
    const user = (await lab.call('GET', '/core/users/?username=hecate')).body as { results: Fields[] };
    const path = `/core/users/${String(user.results[0]?.['pk'])}/`;
    await lab.call('PATCH', path, { attributes: {} });
    const check = await rights();
    await lab.call('PATCH', path, { attributes: user.results[0]?.['attributes'] });
    expect(check).toMatchObject({
      passed: false,
      detail: expect.stringMatching(/token-expires is not false.*hecate init authentik --url/) as string,
    });
  });

  it('says what it could not check where authentik does not show the roles of an account', async () => {
    const older = await createLab({
      onExchange: ({ path }, answer) => {
        if (path === '/api/v3/core/users/me/') delete (answer.body as { user: Fields }).user['roles'];
      },
    });
    writeFileSync(tokenFile, older.secret('hecate-token'));
    const options = { url: older.url, tokenFile, environment: 'older', publicHttpsPort: 443 };
    const checks = await createAuthentikIdentity(options).checks();
    writeFileSync(tokenFile, lab.secret('hecate-token'));
    await older.close();
    const { passed, detail } = checks.find(({ name }) => name === 'rights')!;
    expect([passed, detail]).toEqual([true, expect.stringContaining('authentik_core.delete_group') as string]);
    expect(detail).not.toContain('add_');
  });
});

describe('the check of the outpost', () => {
  it('names the command that gives it a URL for browsers', async () => {
    const { results } = (await lab.call('GET', '/outposts/instances/')).body as { results: Fields[] };
    const path = `/outposts/instances/${String(results[0]?.['pk'])}/`;
    const config = results[0]?.['config'] as Fields;
    await lab.call('PATCH', path, { config: { ...config, authentik_host: '' } });
    const outpost = (await identity().checks()).find(({ name }) => name === 'outpost');
    await lab.call('PATCH', path, { config });
    expect(outpost).toMatchObject({ passed: false, detail: expect.stringContaining('--browser-url') as string });
  });
});

describe('the check of the token', () => {
  it('is refused with its kind, and the checks that need the token are left out', async () => {
    writeFileSync(tokenFile, 'wrong');
    const checks = await identity().checks();
    writeFileSync(tokenFile, lab.secret('hecate-token'));
    expect(checks.map(({ name, passed }) => [name, passed])).toEqual([
      ['reachable', true],
      ['token', false],
      ['clock', true],
      ['forward auth', true],
    ]);
    expect(checks[1]).toMatchObject({
      problem: 'denied',
      detail: expect.stringContaining('Token invalid/expired') as string,
    });
  });
});
