import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLab, type Lab } from './lab.js';

// How authentik's source (2026.2: core/api/tokens.py, rbac/permissions.py, rbac/filters.py) treats an account's own tokens.
// The recording has only calls of an administrator, so it proves none of this.
type Fields = Record<string, unknown>;
let lab: Lab;
beforeEach(async () => void (lab = await createLab()));
afterEach(() => lab.close());

const asHecate = (method: string, path: string, body?: Fields) =>
  lab.call(method, path, body, lab.secret('hecate-token'));
const account = async () =>
  ((await lab.call('GET', '/core/users/?username=hecate')).body as { results: { pk: number; attributes: Fields }[] })
    .results[0]!;
const keyOf = async (identifier: string) =>
  String((await asHecate('GET', `/core/tokens/${identifier}/view_key/`)).body['key']);

describe('an account’s own tokens', () => {
  it('are made, read and deleted without a right, and belong to nobody else', async () => {
    const { pk } = await account();
    const made = await asHecate('POST', '/core/tokens/', {
      identifier: 'own',
      intent: 'api',
      user: 3,
      expiring: false,
    });
    expect([made.status, made.body['user'], made.body['expiring']]).toEqual([201, pk, false]);
    const key = await keyOf('own');
    expect((await lab.call('GET', '/core/groups/', undefined, key)).status).toBe(200);
    expect((await asHecate('POST', '/core/tokens/own/set_key/', { key: 'mine' })).status).toBe(403);
    expect((await asHecate('DELETE', '/core/tokens/own/')).status).toBe(204);
    expect((await lab.call('GET', '/core/groups/', undefined, key)).status).toBe(403);
    // The one that an administrator made may be deleted, not viewed.
    expect((await asHecate('GET', '/core/tokens/hecate/view_key/')).status).toBe(403);
  });

  it('expire unless the account says otherwise, whatever the request says', async () => {
    const { pk } = await account();
    await lab.call('PATCH', `/core/users/${pk}/`, { attributes: {} });
    const made = await asHecate('POST', '/core/tokens/', { identifier: 'own', intent: 'api', expiring: false });
    expect(made.body['expiring']).toBe(true);
    // A restart mends the account of an older stand-in.
    await lab.restart();
    expect((await account()).attributes).toEqual({ 'goauthentik.io/user/token-expires': false });
  });
});

describe("the file with the token of Hecate's account", () => {
  it('keeps any valid one, and gets the newest when it has none', async () => {
    const file = join(lab.data, 'hecate-token');
    const first = lab.secret('hecate-token');
    await asHecate('POST', '/core/tokens/', { identifier: 'second', intent: 'api' });
    const second = await keyOf('second');
    writeFileSync(file, `${second}\n`);
    await lab.restart();
    expect(lab.secret('hecate-token')).toBe(second);
    writeFileSync(file, `${first}\n`);
    await lab.restart();
    expect(lab.secret('hecate-token')).toBe(first);
    rmSync(file);
    await lab.restart();
    expect(lab.secret('hecate-token')).toBe(second);
    await asHecate('DELETE', '/core/tokens/second/');
    await lab.restart();
    expect(lab.secret('hecate-token')).toBe(first);
  });
});
