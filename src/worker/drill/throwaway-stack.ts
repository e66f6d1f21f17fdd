import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makePrivateFolder, writePrivate } from '../../adapters/files/private-files.js';
import { createLog } from '../../adapters/log/create-log.js';
import { importBlob, importLog } from '../../adapters/log/import-log.js';
import { createLogReader } from '../../adapters/log/log-reader.js';
import { createVaultClient } from '../../adapters/vault/vault-client.js';
import { createVaultSecrets } from '../../adapters/vault/vault-secrets.js';
import type { LogView } from '../../ports/event-log.js';
import { Failure } from '../../ports/failure.js';
import type { OpenedBackup } from '../../ports/backup/opened-backup.js';
import type { Secrets } from '../../ports/secrets.js';
import { caddyComponent } from '../../stack/components/caddy.js';
import type { Component } from '../../stack/components/component.js';
import { natsKeys } from '../../stack/components/nats-keys.js';
import { openbaoComponent } from '../../stack/components/openbao.js';
import type { CaddyConnection, Connections } from '../../stack/connections.js';
import { homeLayout } from '../../stack/home-layout.js';
import { startBound, type BoundProcess } from '../../stack/restore/bound-process.js';
import { keepSecrets, type SavedSecret } from '../../stack/restore/keep-secrets.js';
import { startThrowawayNats, type ThrowawayNats } from '../../stack/restore/throwaway-nats.js';
import { PROGRAM_SETTINGS } from '../../stack/servers/ensure-server.js';
import { makeHome, prepareStack } from '../../stack/settings/prepare-stack.js';
import { readSettings, type StackSettings } from '../../stack/settings/stack-settings.js';

/** A stack of NATS, OpenBao and Caddy that only this process uses. Nothing in it acts by itself: it has no worker and no Temporal. */
export interface ThrowawayStack {
  /** Writes the log of a backup into NATS, and returns the state as every reader of the log sees it. */
  importLog(backup: OpenedBackup): Promise<LogView>;
  /** Writes the values of a backup into OpenBao, which then answers for them. Returns Vault with the number of values. */
  importSecrets(backup: OpenedBackup): Promise<{ readonly secrets: Secrets; readonly count: number }>;
  /** Starts Caddy over the storage that is in its folder by then. Its routes come later. */
  startCaddy(): Promise<CaddyConnection>;
  /** Folder of Caddy's storage. */
  readonly caddyStorage: string;
  /** Ends every server. Idempotent. The folder stays. */
  stop(): Promise<void>;
}

const STARTS_WITHIN_MS = 60_000;

/**
 * Prepares a throwaway stack in a folder on free ports, with the programs of the live stack where it has its own. Starts nothing
 * yet. Every server ends with this process, however that ends.
 */
export async function prepareThrowaway(
  folder: string,
  live: Connections,
  onProgress: (line: string) => void,
): Promise<ThrowawayStack> {
  const home = join(folder, 'home');
  const layout = homeLayout(home);
  mkdirSync(home, { mode: 0o700 });
  makeHome(layout);
  const env = programsOnly(process.env, readSettings(homeLayout(live.home)));
  const settings = await prepareStack(home, { env, ports: 'auto', onProgress }, ['nats', 'caddy', 'openbao']);
  const bound: BoundProcess[] = [];
  let nats: ThrowawayNats | null = null;
  const run = async (component: Component) => {
    await component.prepare();
    const server = startBound(component.launch, layout.log(component.name));
    bound.push(server);
    await untilWorks(component, server, layout.log(component.name));
    await component.initialise?.();
  };
  return {
    caddyStorage: join(layout.caddy, 'data'),
    async importLog(backup) {
      makePrivateFolder(layout.nats);
      nats = await startThrowawayNats({
        program: settings.programs.nats?.path ?? 'nats-server',
        folder: join(layout.nats, 'throwaway'),
        publicKeys: natsKeys(layout),
        adminSeedFile: layout.natsSeed('admin'),
      });
      await createLog(nats.nc, { logId: backup.last.environment.logId });
      await importLog(nats.nc, backup.messages());
      for (const path of backup.parts('blobs/')) {
        const content = await backup.part(path);
        const hash = path.slice('blobs/'.length).replace(/\.json$/, '');
        if (content !== null) await importBlob(nats.nc, hash, content.toString('utf8'));
      }
      const reader = await createLogReader(nats.location);
      try {
        return await reader.view();
      } finally {
        await reader.close();
      }
    },
    async importSecrets(backup) {
      await run(openbaoComponent(settings));
      const { address, roleIdFile, secretIdFile, environment } = settings.connections.vault;
      const role = { address, roleIdFile: roleIdFile ?? '', secretIdFile: secretIdFile ?? '' };
      const named = environment === undefined ? role : { ...role, environment };
      const secrets = createVaultSecrets(named, createVaultClient(named));
      return { secrets, count: await keepSecrets(secrets, savedSecrets(backup)) };
    },
    async startCaddy() {
      await run(caddyComponent(settings));
      const [caddy] = settings.connections.caddy;
      if (caddy === undefined) throw new Error('the throwaway stack has no Caddy');
      return { ...caddy, name: 'the restored caddy' };
    },
    async stop() {
      await nats?.stop();
      await Promise.all(bound.map((server) => server.stop()));
    },
  };
}

/** Puts Caddy's files of a backup into a folder of its storage. Returns their number. */
export async function restoreCaddyStorage(backup: OpenedBackup, storage: string): Promise<number> {
  const paths = backup.parts('caddy/');
  const first = paths[0]?.split('/')[1];
  // Several Caddys have the same certificates or each its own; the drill has one Caddy.
  const own = paths.filter((path) => path.startsWith(`caddy/${first}/`));
  for (const path of own) {
    const content = await backup.part(path);
    const target = join(storage, ...path.split('/').slice(2));
    makePrivateFolder(dirname(target));
    if (content !== null) writePrivate(target, content);
  }
  return own.length;
}

async function* savedSecrets(backup: OpenedBackup): AsyncIterable<SavedSecret> {
  for (const path of backup.parts('secrets/')) {
    const vaultPath = path.slice('secrets/'.length).replace(/\.json$/, '');
    const saved = await backup.secret(vaultPath);
    if (saved !== null) yield { vaultPath, value: saved.value };
  }
}

/** Returns the variables with which the programs are found, and no other setting: they would lead to live servers. */
function programsOnly(
  env: NodeJS.ProcessEnv,
  live: StackSettings | null,
): Readonly<Record<string, string | undefined>> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'XDG_DATA_HOME', 'HECATE_SERVERS', ...Object.values(PROGRAM_SETTINGS)];
  const given = Object.fromEntries(names.map((name) => [name, env[name]]));
  const own = { nats: 'nats-server', caddy: 'caddy', openbao: 'bao' } as const;
  for (const [component, program] of Object.entries(own) as ['nats' | 'caddy' | 'openbao', 'bao'][]) {
    const path = live?.programs[component]?.path;
    if (path !== undefined && existsSync(path)) given[PROGRAM_SETTINGS[program]] ??= path;
  }
  return given;
}

async function untilWorks(component: Component, server: BoundProcess, logFile: string): Promise<void> {
  const deadline = Date.now() + STARTS_WITHIN_MS;
  for (;;) {
    const problem = await component.check(0).then(
      () => null,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    if (problem === null) return;
    if (!server.isRunning() || Date.now() > deadline) {
      const why = server.isRunning() ? problem : await server.exited;
      throw new Failure('unavailable', `the ${component.name} of the drill ${why}${endOf(logFile)}`, {
        hint: 'Check that the disk has space, then run the command again.',
      });
    }
    await sleep(50);
  }
}

function endOf(logFile: string): string {
  try {
    const said = readFileSync(logFile, 'utf8').trim().split('\n').slice(-5).join('\n');
    return said === '' ? '' : `; the end of its log:\n${said}`;
  } catch {
    return '';
  }
}
