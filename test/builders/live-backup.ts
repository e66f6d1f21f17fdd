import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { connect } from 'nats';
import { createArchives } from '../../src/adapters/backup/archive/index.js';
import { natsOptions } from '../../src/adapters/log/connect-nats.js';
import { blobsOf } from '../../src/adapters/log/large-commits.js';
import { nameLog, namesOn } from '../../src/adapters/log/log-names.js';
import { logIdOf } from '../../src/adapters/log/log-view.js';
import { createLogReader } from '../../src/adapters/log/log-reader.js';
import { createVaultSecrets } from '../../src/adapters/vault/vault-secrets.js';
import type { BackupManifest, Part } from '../../src/domain/backup/manifest.js';
import type { Connections } from '../../src/stack/connections.js';
import { homeLayout } from '../../src/stack/home-layout.js';

/** What a full backup of a stack has, as one JSON value. */
export interface SavedStack {
  readonly manifest: BackupManifest;
  readonly messages: readonly { sequence: number; subject: string; time: string; data: string }[];
  /** Content of each other part in base64. */
  readonly parts: Readonly<Record<string, string>>;
}

/** Reads from a running stack what a full backup of it has. */
export async function saveStack(home: string): Promise<SavedStack> {
  const layout = homeLayout(home);
  const connections = JSON.parse(readFileSync(layout.connections, 'utf8')) as Connections;
  const { nats: location, vault, environment } = connections;
  const { servers, ...options } = natsOptions({ url: location.url, seedFile: layout.natsSeed('admin') });
  const nc = nameLog(await connect({ servers, ...options }), location.environment);
  const parts: Record<string, string> = {};
  const keep = (path: string, content: string | Buffer) => (parts[path] = Buffer.from(content).toString('base64'));
  const { streams } = await nc.jetstreamManager();
  const { stream } = namesOn(nc);
  const logId = await logIdOf(nc);
  const to = (await streams.info(stream)).state.last_seq;
  const messages = [];
  for (let sequence = 1; sequence <= to; sequence++) {
    const { subject, data, time } = await streams.getMessage(stream, { seq: sequence });
    const text = Buffer.from(data).toString();
    messages.push({ sequence, subject, time: time.toISOString(), data: text });
    const { blob } = JSON.parse(text) as { blob?: string };
    if (blob !== undefined) keep(`blobs/${blob}.json`, (await blobsOf(nc).get(blob)) ?? '');
  }
  await nc.close();
  const reader = await createLogReader({ url: location.url, seedFile: location.cliSeedFile });
  const { state } = await reader.view();
  await reader.close();
  const named = vault.environment === undefined ? {} : { environment: vault.environment };
  const role = { address: vault.address, roleIdFile: layout.roleId, secretIdFile: layout.secretId, ...named };
  const secrets = createVaultSecrets(role);
  const walk = async (folder: string): Promise<void> => {
    for (const name of await secrets.list(folder)) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (name.endsWith('/')) await walk(path.slice(0, -1));
      else {
        const value = await secrets.read(path);
        keep(`secrets/${path}.json`, JSON.stringify({ value, writtenAt: await secrets.writtenAt(path) }));
      }
    }
  };
  await walk('');
  keep('identities/operator.key', readFileSync(layout.operatorKey));
  const files = readdirSync(layout.caddyData, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  for (const one of files) {
    const file = join(one.parentPath, one.name);
    keep(`caddy/caddy/${relative(layout.caddyData, file)}`, readFileSync(file));
  }
  const manifest: BackupManifest = {
    ...{ format: 'hecate-backup', version: 1, name: `main-full-test-1-${to}`, kind: 'full', hecate: 'test' },
    ...{ createdAt: new Date().toISOString(), parent: null, components: 'all', contains: [], parts: [] },
    environment: { name: location.environment ?? 'main', id: environment, logId },
    range: { from: 1, to, head: state.head },
    omits: ['authentik’s own database'],
  };
  return { manifest, messages, parts };
}

/** Writes a saved stack as an archive into a folder, with the age identity that opens it. */
export async function writeSaved(saved: SavedStack, folder: string): Promise<{ from: string; identity: string }> {
  const key = await generateX25519Identity();
  const [from, identity] = [join(folder, `${saved.manifest.name}.tar.gz.age`), join(folder, 'identity.txt')];
  writeFileSync(identity, `${key}\n`, { mode: 0o600 });
  const parts = async function* () {
    const lines = saved.messages.map((message) => `${JSON.stringify(message)}\n`);
    yield { path: 'log/000000001-999999999.jsonl', content: Buffer.from(lines.join('')) };
    for (const [path, content] of Object.entries(saved.parts)) yield { path, content: Buffer.from(content, 'base64') };
  };
  const manifest = (written: readonly Part[]): BackupManifest => ({ ...saved.manifest, parts: [...written] });
  const recipients = [await identityToRecipient(key)];
  await createArchives().write(from, { parts: parts(), manifest }, { recipients });
  return { from, identity };
}
