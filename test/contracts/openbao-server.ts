import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readText } from '../../src/adapters/files/private-files.js';
import { health, openbaoCaller, type OpenbaoCall } from '../../src/stack/components/openbao-api.js';
import { openbaoConfig, prepareSeal } from '../../src/stack/components/openbao.js';
import { regainRoot } from '../../src/stack/components/openbao-root.js';
import { setUpOpenbao } from '../../src/stack/components/openbao-setup.js';
import { homeLayout, type HomeLayout } from '../../src/stack/home-layout.js';
import { ensureServer } from '../../src/stack/servers/ensure-server.js';
import { eventually, freePort } from './proxy-caddy.js';

/** An OpenBao of a test's own, set up as in a home. */
export interface TestOpenbao {
  readonly address: string;
  readonly layout: HomeLayout;
  /** Stops it like a machine that is gone, and returns when it has. */
  kill(): Promise<void>;
  /** Starts it again with its data. */
  start(): Promise<void>;
  /** Restarts it in a way that allows a new root token, and returns a caller with one. */
  root(): Promise<OpenbaoCall>;
  /** Stops its process without ending it (SIGSTOP), and lets it go on. */
  hang(): void;
  goOn(): void;
  stop(): Promise<void>;
}

export async function startOpenbao(): Promise<TestOpenbao> {
  const home = mkdtempSync(join(tmpdir(), 'hecate-bao-'));
  const layout = homeLayout(home);
  const program = await ensureServer('bao', process.env);
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  prepareSeal(layout);
  const config = join(layout.openbao, 'openbao.hcl');
  const listener = { host: '127.0.0.1', port, clusterPort: await freePort() };
  const launch = async ({ allowsRoot = false } = {}) => {
    const text = openbaoConfig(layout, listener);
    const allowing = '  disable_unauthed_generate_root_endpoints = false\n';
    const isAllowed = !allowsRoot || text.includes(allowing);
    writeFileSync(config, isAllowed ? text : text.replace('listener "tcp" {\n', `$&${allowing}`));
    const args = ['server', `-config=${config}`, '-log-level=error'];
    const started = spawn(program, args, { stdio: 'ignore', env: { ...process.env, HOME: home } });
    await eventually(async () => [200, 501].includes(await health(address)));
    return started;
  };
  let child = await launch();
  await setUpOpenbao(address, layout);
  const kill = async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  };
  return {
    address,
    layout,
    kill,
    async start() {
      child = await launch();
    },
    async root() {
      await kill();
      child = await launch({ allowsRoot: true });
      await eventually(async () => (await health(address)) === 200);
      await regainRoot(address, layout);
      const token = readText(layout.rootToken).value ?? '';
      rmSync(layout.rootToken);
      return openbaoCaller(address, token);
    },
    hang: () => void child.kill('SIGSTOP'),
    goOn: () => void child.kill('SIGCONT'),
    async stop() {
      await kill();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
