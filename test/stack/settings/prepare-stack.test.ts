import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from '../../contracts/proxy-caddy.js';
import { homeLayout } from '../../../src/stack/home-layout.js';
import { readJson } from '../../../src/adapters/files/private-files.js';
import { isPorts, type StackPorts } from '../../../src/stack/settings/ports.js';
import { makeHome, prepareStack } from '../../../src/stack/settings/prepare-stack.js';

/** Prepares a stack of NATS, while whose program is found another program takes its port, as during the build of Caddy. */
async function preparedWhileTaken(named: { readonly nats?: number }) {
  const home = mkdtempSync(join(tmpdir(), 'hecate-prepare-'));
  const [begun, taken] = [join(home, 'servers', 'begun'), join(home, 'servers', 'taken')];
  const layout = homeLayout(home);
  makeHome(layout);
  const program = join(home, 'nats');
  const script = `#!/bin/sh\nmkdir -p ${home}/servers\n: > ${begun}\nwhile [ ! -e ${taken} ]; do sleep 0.02; done\necho v2.15.1\n`;
  writeFileSync(program, script, { mode: 0o700 });
  const env = { PATH: process.env['PATH'], HECATE_NATS_BIN: program };
  const preparing = prepareStack(home, { env, ports: 'auto', namedPorts: named }, ['nats']);
  preparing.catch(() => undefined);
  await expect.poll(() => existsSync(begun), { timeout: 10_000 }).toBe(true);
  const port = readJson<StackPorts>(layout.ports, isPorts).value!.nats;
  const other = createServer().listen(port, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  writeFileSync(taken, '');
  onTestFinished(() => {
    other.close();
    rmSync(home, { recursive: true });
  });
  return { preparing, port };
}

it('chooses another port when one was taken while the programs were made ready', async () => {
  const { preparing, port } = await preparedWhileTaken({});
  const { ports, connections } = await preparing;
  expect(ports.nats).not.toBe(port);
  expect(connections.nats.url).toBe(`nats://127.0.0.1:${ports.nats}`);
});

it('says that a named port was taken while the programs were made ready', async () => {
  const { preparing, port } = await preparedWhileTaken({ nats: await freePort() });
  await expect(preparing).rejects.toMatchObject({ kind: 'conflict', message: `port ${port} is in use, and nats needs it (nats)` }); // prettier-ignore
});
