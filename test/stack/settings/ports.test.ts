import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { choosePorts } from '../../../src/stack/settings/ports.js';

const folder = mkdtempSync(join(tmpdir(), 'hecate-ports-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = () => join(mkdtempSync(join(folder, 'home-')), 'ports.json');

describe('ports of a stack', () => {
  it('are the named ones, and those of the first start at every later one', async () => {
    const kept = file();
    const port = await freePort();
    const chosen = await choosePorts(kept, { mode: 'auto', named: { caddyHttp: port } }, ['caddy']);
    expect(chosen.caddyHttp).toBe(port);
    expect(JSON.parse(readFileSync(kept, 'utf8'))).toMatchObject({ caddyHttp: port, caddyHttps: chosen.caddyHttps });
    expect(await choosePorts(kept, { mode: 'default', named: {} }, ['caddy'])).toEqual(chosen);
  });

  it('are refused when a named one is taken, also with auto', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await expect(choosePorts(file(), { mode: 'auto', named: { caddyHttp: port } }, ['caddy'])).rejects.toMatchObject({
      kind: 'conflict',
      message: `port ${port} is in use, and caddy needs it (caddyHttp)`,
    });
    await new Promise((resolve) => server.close(resolve));
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
