import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import type { NewPart } from '../../ports/backup/backups.js';
import type { HomeFiles } from '../../ports/home-files.js';
import type { Connections } from '../../stack/connections.js';
import { homeLayout, type HomeLayout } from '../../stack/home-layout.js';
import { operatorKeyFile } from '../../stack/load-connections.js';
import { readSettings } from '../../stack/settings/stack-settings.js';

/** Larger files of Caddy's storage are no certificates. */
const LARGEST_BYTES = 4 * 1024 * 1024;

/** Returns the files of this home that a new machine needs. */
export function homeFilesOf(connections: Connections, env: NodeJS.ProcessEnv): HomeFiles {
  const layout = homeLayout(connections.home);
  const omitted: string[] = [];
  const omit = (sentence: string) => {
    if (!omitted.includes(sentence)) omitted.push(sentence);
  };
  return {
    omitted: () => omitted,
    async *identities() {
      for (const file of identityFiles(connections, layout, env)) {
        const content = read(file.path, omit);
        if (content !== null) yield { path: `identities/${file.name}`, content };
      }
      if (!existsSync(layout.sealKey)) {
        omit('recovery keys of Vault: this home has no Vault of its own');
      }
    },
    async *caddyStorage() {
      const own = isOwnCaddy(layout) ? connections.caddy[0] : undefined;
      for (const caddy of connections.caddy) {
        if (caddy === own) continue;
        omit(
          `the storage of ${caddy.name} (ACME account, certificates): it is on another machine or outside this home`,
        );
      }
      if (own !== undefined) yield* filesBelow(join(layout.caddy, 'data'), `caddy/${own.name}`, omit);
    },
  };
}

type Omit = (sentence: string) => void;

function isOwnCaddy(layout: HomeLayout): boolean {
  return readSettings(layout)?.external.includes('caddy') === false;
}

/** Files of the home, with their names in a backup: as in the home, so that a person finds them. */
function identityFiles({ nats, vault, authentik }: Connections, layout: HomeLayout, env: NodeJS.ProcessEnv) {
  const paths = [
    ...(['admin', 'worker', 'cli', 'sys'] as const).map((user) => layout.natsSeed(user)),
    ...[layout.natsAccepted, layout.sealKey, layout.recoveryKey],
    ...[layout.roleId, layout.secretId, layout.cliRoleId, layout.cliSecretId],
    ...[layout.operatorKey, layout.workerKey, layout.workerSeals, layout.authentikToken],
  ];
  const known = paths.map((path) => ({ path, name: relative(layout.home, path) }));
  // Settings may name files elsewhere.
  const elsewhere = [
    ...[nats.workerSeedFile, nats.cliSeedFile, vault.roleIdFile, vault.secretIdFile],
    ...[vault.cliRoleIdFile, vault.cliSecretIdFile, authentik?.tokenFile, operatorKeyFile(env, layout.home)],
  ].filter((path): path is string => typeof path === 'string' && !paths.includes(path));
  return [...known, ...[...new Set(elsewhere)].map((path) => ({ path, name: `configured/${basename(path)}` }))];
}

/** Returns the content of a file; null: it does not exist, or it cannot be read, which is said. */
function read(path: string, omit: Omit): Buffer | null {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') omit(`${path}: it cannot be read (${code})`);
    return null;
  }
}

/** Yields the files below a folder, sorted, without locks and what Caddy notes for itself. */
function* filesBelow(folder: string, prefix: string, omit: Omit): Generator<NewPart> {
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  for (const name of names) {
    const path = join(folder, name);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory() === true && name !== 'locks') yield* filesBelow(path, `${prefix}/${name}`, omit);
    if (found?.isFile() !== true || name.endsWith('.lock')) continue;
    if (found.size > LARGEST_BYTES) {
      omit(`${path}: it is larger than a certificate`);
      continue;
    }
    const content = read(path, omit);
    if (content !== null) yield { path: `${prefix}/${name}`, content };
  }
}
