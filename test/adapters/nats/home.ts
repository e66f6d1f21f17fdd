import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rotatedSeals } from '../../../src/adapters/keys/rotated-seals.js';
import { readText, writeJson } from '../../../src/adapters/files/private-files.js';
import { createEventLog, type WorkerLog } from '../../../src/adapters/log/event-log.js';
import { createNatsIssuer } from '../../../src/adapters/nats/nats-issuer.js';
import type { Connections } from '../../../src/stack/connections.js';
import { ensureFirstLog } from '../../../src/stack/components/nats.js';
import { writeNatsConfig } from '../../../src/stack/components/nats-keys.js';
import { homeLayout } from '../../../src/stack/home-layout.js';
import { identify } from '../../../src/stack/processes/process-identity.js';
import { ensureServer } from '../../../src/stack/servers/ensure-server.js';
import type { StackSettings } from '../../../src/stack/settings/stack-settings.js';
import { natsOfHome } from '../../../src/worker/systems/nats-of-home.js';
import { freePort } from '../../contracts/nats-server.js';

/** A home whose NATS runs as the stack runs it. */
export async function startHome() {
  const home = mkdtempSync(join(tmpdir(), 'hecate-home-'));
  const layout = homeLayout(home);
  mkdirSync(layout.run);
  const nats = await freePort();
  const url = `nats://127.0.0.1:${nats}`;
  const connections = {
    home,
    nats: { url, workerSeedFile: layout.natsSeed('worker'), cliSeedFile: layout.natsSeed('cli'), environment: 'main' },
  } as unknown as Connections;
  const settings = {
    ...{ home, ports: { nats }, connections, components: ['nats'], external: [], programs: {}, env: {} },
    ...{ workerFile: '', supervisorFile: '', runs: { version: '0', build: '0' } },
  } as unknown as StackSettings;
  writeJson(layout.settings, settings);
  const program = await ensureServer('nats-server', process.env);
  let server: ChildProcess | null = null;
  const start = () => {
    writeNatsConfig(settings);
    server = spawn(program, ['--config', layout.natsConfig], { stdio: 'ignore' });
    writeJson(layout.processes, { supervisor: null, children: [{ name: 'nats', ...identify(server.pid ?? 0) }] });
  };
  start();
  const admin = { url, seedFile: layout.natsSeed('admin'), environment: 'main' };
  for (const deadline = Date.now() + 10_000; ;) {
    try {
      await ensureFirstLog(admin, layout);
      break;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  const seals = rotatedSeals(layout.workerSeals, readText(layout.natsSeed('worker')).value ?? '');
  const logs: WorkerLog[] = [];
  return {
    ...{ layout, url, connections, settings, seals, start },
    kill: () => server?.kill('SIGKILL'),
    cli: { url, seedFile: layout.natsSeed('cli'), environment: 'main' },
    async openLog() {
      const worker = { url, seedFile: layout.natsSeed('worker'), environment: 'main' };
      const log = await createEventLog({ ...worker, onWarning: () => undefined });
      logs.push(log);
      return log;
    },
    issuer(log: Pick<WorkerLog, 'renewCredentials'>) {
      const found = natsOfHome(connections, { log, seals });
      if (typeof found === 'string') throw new Error(found);
      return createNatsIssuer(found);
    },
    async stop() {
      await Promise.all(logs.map((log) => log.close()));
      server?.kill('SIGKILL');
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** A home of {@link startHome}. */
export type NatsHome = Awaited<ReturnType<typeof startHome>>;
