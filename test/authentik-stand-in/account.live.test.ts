import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAuthentikIdentity } from '../../src/adapters/authentik/authentik-identity.js';
import { ensureAuthentikAccount } from '../../src/stack/components/authentik-account.js';
import { startStandIn } from '../../src/authentik-stand-in/stand-in.js';

const data = mkdtempSync(join(tmpdir(), 'hecate-account-'));
let standIn: Awaited<ReturnType<typeof startStandIn>>;
beforeAll(async () => (standIn = await startStandIn({ data, port: 0 })));
afterAll(async () => {
  await standIn.close();
  rmSync(data, { recursive: true });
});

it('makes an account with every right that Hecate needs, once', async () => {
  const tokenFile = join(data, 'made-token');
  const options = {
    url: standIn.url,
    adminTokenFile: join(data, 'bootstrap-token'),
    tokenFile,
    browserUrl: 'https://auth.example.com/',
  };
  await ensureAuthentikAccount(options);
  const token = readFileSync(tokenFile, 'utf8');
  expect(statSync(tokenFile).mode & 0o077).toBe(0);
  await ensureAuthentikAccount(options);
  expect(readFileSync(tokenFile, 'utf8')).toBe(token);
  const identity = createAuthentikIdentity({ url: standIn.url, tokenFile, environment: 'main', publicHttpsPort: 443 });
  const checks = await identity.checks();
  expect(checks.filter(({ passed }) => !passed)).toEqual([]);
  expect(checks.find(({ name }) => name === 'outpost')?.detail).toContain('https://auth.example.com/');
});
