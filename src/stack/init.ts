// Entry of the program that prepares a deployment in containers. Its steps are idempotent: `keys` writes configuration and
// credentials before the servers start, `servers` creates the log and the roles once they answer, and `authentik` creates
// Hecate's account there. Imports only src/stack; nothing imports it.
import { copyFileSync, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ensureAuthentikAccount } from './components/authentik-account.js';
import { bootstrapConfig } from './components/caddy.js';
import { natsConfig } from './components/nats-config.js';
import { ensureFirstLog } from './components/nats.js';
import { natsKeys } from './components/nats-keys.js';
import { openbaoConfig, prepareSeal } from './components/openbao.js';
import { setUpOpenbao } from './components/openbao-setup.js';
import { homeLayout, type HomeLayout } from './home-layout.js';
import { hecateHome, namedEnvironment } from './load-connections.js';
import { ensureFirstOperator } from './operators/init-operator.js';
import { firstOperatorName } from './operators/operator-name.js';
import { makePrivateFolder, readText, writeJson, writePrivate } from '../adapters/files/private-files.js';

/** Time for the first start of authentik, which migrates its database and applies its blueprints. */
const AUTHENTIK_STARTS_MS = 300_000;

const layout = homeLayout(hecateHome(process.env));
const [step] = process.argv.slice(2);
const steps: Record<string, (layout: HomeLayout) => Promise<void>> = { keys, servers, authentik };
const run = steps[step ?? ''];
if (!run) throw new Error('usage: init keys|servers|authentik');
run(layout).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});

async function keys(home: HomeLayout): Promise<void> {
  for (const folder of [home.home, home.nats, home.caddy, home.notary, home.run, workerFolder(home)])
    makePrivateFolder(folder);
  const folder = home.natsData;
  const environment = namedEnvironment(process.env);
  const nats = natsConfig({
    listen: '0.0.0.0:4222',
    monitor: '127.0.0.1:8222',
    folder,
    publicKeys: natsKeys(home),
    environment,
  });
  writePrivate(home.natsConfig, nats);
  prepareSeal(home);
  const listener = { host: '0.0.0.0', name: 'openbao', port: 8200, clusterPort: 8201 };
  writePrivate(join(home.openbao, 'openbao.hcl'), openbaoConfig(home, listener));
  const caddy = bootstrapConfig(home, { admin: join(home.caddy, 'admin.sock'), httpPort: 80, httpsPort: 443 });
  writeJson(join(home.caddy, 'bootstrap.json'), withHealth(caddy));
}

async function servers(home: HomeLayout): Promise<void> {
  const environment = namedEnvironment(process.env);
  const admin = { url: required('HECATE_NATS_URL'), seedFile: home.natsSeed('admin'), environment };
  await patiently(() => ensureFirstLog(admin, home));
  await patiently(() => setUpOpenbao(required('HECATE_VAULT_ADDR'), home, environment));
  // The worker's container mounts only the folder of these copies.
  copyFileSync(home.natsSeed('worker'), join(workerFolder(home), 'nats.seed'));
  copyFileSync(home.natsSeed('cli'), join(workerFolder(home), 'nats-cli.seed'));
  // The notary's container mounts only its own folder.
  copyFileSync(home.natsSeed('notary'), join(home.notary, 'nats.seed'));
  copyFileSync(home.roleId, join(workerFolder(home), 'role-id'));
  copyUnlessRotated(home.secretId, join(workerFolder(home), 'secret-id'));
  await patiently(() => firstOperator(home));
  if (!existsSync(home.cliSecretId)) return;
  copyFileSync(home.cliRoleId, join(workerFolder(home), 'cli.role-id'));
  copyUnlessRotated(home.cliSecretId, join(workerFolder(home), 'cli.secret-id'));
}

/**
 * Copies a secret id for the worker once, since the worker replaces its copy when it rotates it. A newer file is one that the
 * set-up made in the place of a damaged one.
 */
function copyUnlessRotated(file: string, copy: string): void {
  if (readText(copy).value !== null && statSync(copy).mtimeMs >= statSync(file).mtimeMs) return;
  writePrivate(copy, readFileSync(file));
}

/** Makes the first operator. Commands run in the worker's container, so the key is in the folder that this mounts. */
async function firstOperator(home: HomeLayout): Promise<void> {
  const environment = namedEnvironment(process.env);
  const nats = { url: required('HECATE_NATS_URL'), seedFile: home.natsSeed('worker'), environment };
  const keyFile = join(workerFolder(home), 'operator.key');
  await ensureFirstOperator({ nats, files: home, keyFile }, firstOperatorName(process.env));
}

async function authentik(home: HomeLayout): Promise<void> {
  const url = required('HECATE_AUTHENTIK_URL');
  const adminTokenFile = required('HECATE_AUTHENTIK_ADMIN_TOKEN_FILE');
  const tokenFile = join(workerFolder(home), 'authentik-token');
  const browserUrl = process.env['HECATE_AUTHENTIK_BROWSER_URL'] || null;
  const account = { url, adminTokenFile, tokenFile, browserUrl };
  await patiently(async () => void (await ensureAuthentikAccount(account)), AUTHENTIK_STARTS_MS);
}

function workerFolder(home: HomeLayout): string {
  return join(home.home, 'worker');
}

/** Adds a server for the container's health check. It is not Hecate's server, so converging does not change it. */
function withHealth(config: ReturnType<typeof bootstrapConfig>): unknown {
  const health = {
    listen: ['127.0.0.1:2020'],
    routes: [{ handle: [{ handler: 'static_response', status_code: 200 }] }],
  };
  return { ...config, apps: { ...config.apps, http: { ...config.apps.http, servers: { health } } } };
}

async function patiently(work: () => Promise<void>, withinMs = 60_000): Promise<void> {
  for (const deadline = Date.now() + withinMs; ;) {
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
  if (!value) throw new Error(`the environment variable ${name} is not set; set it for this container`);
  return value;
}
