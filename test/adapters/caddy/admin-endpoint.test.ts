import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { leadsTo } from '../../../src/adapters/caddy/admin-endpoint.js';

describe('an admin endpoint', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hecate-admin-'));
  const socket = join(folder, 'admin.sock');
  writeFileSync(socket, '');
  writeFileSync(join(folder, 'app.sock'), '');
  symlinkSync(socket, join(folder, 'link.sock'));

  it.each([
    ['admin.sock', true],
    ['../' + folder.slice(folder.lastIndexOf('/') + 1) + '/./admin.sock', true],
    ['link.sock', true],
    ['app.sock', false],
    ['missing.sock', false],
  ])('that is a socket is found at the path %s: %s', async (path, is) => {
    expect(await leadsTo(`unix/${folder}/${path}`, `unix/${socket}`)).toBe(is);
  });

  it.each([
    ['localhost:2019', 'localhost:2019', true],
    ['127.0.0.1:2019', 'http://localhost:2019/', true],
    ['[::1]:2019', 'localhost:2019', true],
    ['10.0.0.5:2019', 'http://10.0.0.5:2019', true],
    ['10.0.0.6:2019', 'http://10.0.0.5:2019', false],
    ['localhost:3000', 'localhost:2019', false],
    ['unix//run/app.sock', 'localhost:2019', false],
  ])('%s, where Caddy has %s: %s', async (dial, admin, is) => expect(await leadsTo(dial, admin)).toBe(is));
});
