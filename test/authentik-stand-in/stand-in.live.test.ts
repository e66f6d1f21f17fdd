import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { managerRights } from '../../src/adapters/authentik/client/calls.js';
import { createLab, type Lab } from './lab.js';

const work = mkdtempSync(join(tmpdir(), 'hecate-stand-in-'));
const program = join(work, 'stand-in.cjs');
let lab: Lab;

beforeAll(async () => {
  const entry = join(import.meta.dirname, '../../src/authentik-stand-in/main.ts');
  await build({ entryPoints: [entry], bundle: true, platform: 'node', format: 'cjs', outfile: program });
});
afterAll(() => rmSync(work, { recursive: true, force: true }));
beforeEach(async () => void (lab = await createLab()));
afterEach(() => lab.close());

describe('the process', () => {
  test('listens on nothing but the loopback address, and says at once that it is a stand-in', async () => {
    const args = [program, '--data', join(work, 'a'), '--port', '0', '--address', '0.0.0.0'];
    const refused = await promisify(execFile)(process.execPath, args).catch(
      (cause: { code: number; stderr: string }) => cause,
    );
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('127.0.0.1 only') as string });
    expect(refused.stderr.split('\n')[0]).toContain('stand-in for authentik');
  });

  test('has kept what it answered when it is killed', async () => {
    const data = join(work, 'b');
    const first = await started(data);
    const token = readFileSync(join(data, 'bootstrap-token'), 'utf8').trim();
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const made = await fetch(`${first.url}/api/v3/core/groups/`, { method: 'POST', headers, body: '{"name":"kept"}' });
    expect([made.status, made.headers.get('x-hecate-stand-in')]).toEqual([201, 'authentik']);
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    const second = await started(data);
    const found = await fetch(`${second.url}/api/v3/core/groups/?name=kept`, { headers });
    expect(await found.json()).toMatchObject({ results: [{ name: 'kept' }] });
    second.child.kill();
    for (const name of ['state.json', 'bootstrap-token', 'akadmin-password', 'hecate-token']) {
      expect(statSync(join(data, name)).mode & 0o777).toBe(0o600);
    }
  });
});

async function started(data: string) {
  const child = spawn(process.execPath, [program, '--data', data, '--port', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  for await (const part of child.stderr) {
    const url = /listens on (http:\S+)/.exec(String(part))?.[1];
    if (url) return { child, url };
  }
  throw new Error('the stand-in did not start');
}

describe("Hecate's token", () => {
  const denied = { status: 403, body: { detail: 'You do not have permission to perform this action.' } };
  const asHecate = (method: string, path: string, body?: Record<string, unknown>) =>
    lab.call(method, path, body, lab.secret('hecate-token'));

  test('may manage access, and nothing else', async () => {
    const group = await asHecate('POST', '/core/groups/', { name: 'made by hecate' });
    expect(group.status).toBe(201);
    expect((await asHecate('GET', '/providers/proxy/')).status).toBe(200);
    expect((await asHecate('GET', '/outposts/instances/')).status).toBe(200);
    expect(await asHecate('POST', '/core/users/', { username: 'x', name: 'x' })).toEqual(denied);
    expect(await asHecate('POST', `/core/users/${lab.alice}/set_password/`, { password: 'x' })).toEqual(denied);
    expect(await asHecate('PATCH', `/core/users/${lab.alice}/`, { is_active: false })).toEqual(denied);
    const { results } = (await asHecate('GET', '/core/tokens/')).body as { results: { identifier: string }[] };
    expect(results.map(({ identifier }) => identifier)).toEqual(['hecate']);
    expect((await asHecate('GET', '/core/tokens/authentik-bootstrap-token/')).status).toBe(404);
    expect((await asHecate('DELETE', '/core/tokens/authentik-bootstrap-token/')).status).toBe(404);
    for (const identifier of ['authentik-bootstrap-token', 'hecate']) {
      expect(await asHecate('GET', `/core/tokens/${identifier}/view_key/`)).toEqual(denied);
    }
    expect((await asHecate('GET', '/core/tokens/nowhere/view_key/')).status).toBe(404);
    expect(await asHecate('POST', '/rbac/roles/', { name: 'x' })).toEqual(denied);
    expect(await asHecate('GET', '/admin/settings/')).toEqual(denied);
  });

  test('is refused what is taken from its role', async () => {
    const { results } = (await lab.call('GET', '/rbac/roles/?name=hecate')).body as { results: { pk: string }[] };
    expect(managerRights).toContain('authentik_core.add_group');
    await lab.call('DELETE', `/rbac/roles/${results[0]!.pk}/`);
    expect(await asHecate('GET', '/core/groups/')).toEqual(denied);
  });

  test('lists only applications it may open itself, though it reads every one by its slug', async () => {
    const { pk } = await lab.addApplication('wiki');
    await lab.post('/policies/bindings/', { target: pk, group: lab.editors, order: 0 });
    const listed = await asHecate('GET', '/core/applications/?superuser_full_list=true');
    expect(listed.body).toMatchObject({ pagination: { count: 1 }, results: [] });
    expect((await asHecate('GET', '/core/applications/wiki/')).status).toBe(200);
  });
});
