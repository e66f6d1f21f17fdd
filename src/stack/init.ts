// Prepares a deployment in containers, in two steps that may be repeated: `keys` before the servers start (their
// configuration and credentials), `servers` once they answer (the log, the worker's role). Part of the stack; no other
// process imports it.
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { bootstrapConfig } from './components/caddy.js';
import { natsConfig } from './components/nats-config.js';
import { ensureFirstLog, natsKeys } from './components/nats.js';
import { openbaoConfig, prepareSeal } from './components/openbao.js';
import { setUpOpenbao } from './components/openbao-setup.js';
import { homeLayout, type HomeLayout } from './home-layout.js';
import { hecateHome } from './load-connections.js';
import { makePrivateFolder, writeJson, writePrivate } from './private-files.js';

const layout = homeLayout(hecateHome(process.env));
const [step] = process.argv.slice(2);
const steps: Record<string, (layout: HomeLayout) => Promise<void>> = { keys, servers };
const run = steps[step ?? ''];
if (!run) throw new Error('usage: init keys|servers');
run(layout).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});

async function keys(home: HomeLayout): Promise<void> {
  for (const folder of [home.home, home.nats, home.caddy, home.run, workerFolder(home)]) makePrivateFolder(folder);
  const folder = join(home.nats, 'data');
  const nats = natsConfig({ listen: '0.0.0.0:4222', monitor: '127.0.0.1:8222', folder, publicKeys: natsKeys(home) });
  writePrivate(join(home.nats, 'nats.conf'), nats);
  prepareSeal(home);
  const listener = { host: '0.0.0.0', name: 'openbao', port: 8200, clusterPort: 8201 };
  writePrivate(join(home.openbao, 'openbao.hcl'), openbaoConfig(home, listener));
  const caddy = bootstrapConfig(home, { admin: join(home.caddy, 'admin.sock'), httpPort: 80, httpsPort: 443 });
  writeJson(join(home.caddy, 'bootstrap.json'), withHealth(caddy));
}

async function servers(home: HomeLayout): Promise<void> {
  await patiently(() => ensureFirstLog(required('HECATE_NATS_URL'), home));
  await patiently(() => setUpOpenbao(required('HECATE_VAULT_ADDR'), home));
  // The worker sees these copies, not the folders of the servers.
  copyFileSync(home.natsSeed('worker'), join(workerFolder(home), 'nats.seed'));
  copyFileSync(home.natsSeed('cli'), join(workerFolder(home), 'nats-cli.seed'));
  copyFileSync(home.roleId, join(workerFolder(home), 'role-id'));
  copyFileSync(home.secretId, join(workerFolder(home), 'secret-id'));
}

function workerFolder(home: HomeLayout): string {
  return join(home.home, 'worker');
}

/** A server of its own that says only that Caddy runs; not Hecate's, so converging leaves it alone. */
function withHealth(config: ReturnType<typeof bootstrapConfig>): unknown {
  const health = {
    listen: ['127.0.0.1:2020'],
    routes: [{ handle: [{ handler: 'static_response', status_code: 200 }] }],
  };
  return { ...config, apps: { ...config.apps, http: { ...config.apps.http, servers: { health } } } };
}

async function patiently(work: () => Promise<void>): Promise<void> {
  for (const deadline = Date.now() + 60_000; ;) {
    try {
      await work();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}
