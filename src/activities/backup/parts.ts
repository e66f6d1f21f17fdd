import type { LogRange } from '../../domain/backup/manifest.js';
import { isObject } from '../../domain/data/json.js';
import { plainPathOf, vaultPathOf } from '../../domain/resources/secret.js';
import { vaultPathOfKey } from '../../domain/secrets/tls-key.js';
import type { Change } from '../../domain/log/commit.js';
import type { State } from '../../domain/log/state.js';
import { emptyState, fold } from '../../domain/log/state.js';
import type { NewPart } from '../../ports/backup/backups.js';
import type { LogReader } from '../../ports/event-log.js';
import { Failure } from '../../ports/failure.js';
import { SCRATCH_FOLDER, type Secrets } from '../../ports/secrets.js';
import type { BackupGrant } from '../../workflows/contracts/backup.js';
import type { Dependencies } from '../dependencies.js';

/** Dependencies for collecting the parts of a backup. */
export type Collecting = Pick<Dependencies, 'log' | 'secrets' | 'backups'>;

/** The backup whose parts are collected. */
export type Collected = Pick<BackupGrant['backup'], 'kind' | 'range' | 'components'>;

/** Sentences of the manifest about the parts that were read so far. */
export interface Inventory {
  readonly contains: string[];
  readonly omits: string[];
  /** Number of messages of the log so far. */
  messages: number;
}

/** Most messages of the log in one part, and about their largest size in bytes. */
const MESSAGES_A_PART = 1_000;
const BYTES_A_PART = 4 * 1024 * 1024;

/** Creates an inventory with nothing in it. */
export function newInventory(): Inventory {
  return { contains: [], omits: [], messages: 0 };
}

/**
 * Yields the parts of a backup in the order of the archive, each as small as the largest thing in it: state, log, blobs, secrets,
 * identities, storage of Caddy. `inventory` tells afterwards what is in it. Throws `unavailable` when Vault or NATS does not answer.
 */
export async function* partsOf(
  deps: Collecting,
  backup: Collected,
  { inventory, withLog = true }: { readonly inventory: Inventory; readonly withLog?: boolean },
): AsyncGenerator<NewPart> {
  const { kind, range, components } = backup;
  if (kind !== 'incremental') yield* statePartsOf(deps, backup, inventory);
  if (range !== null && withLog) yield* logParts(deps, range, inventory);
  if (kind === 'full') yield* secretParts(deps, allPaths, inventory);
  if (kind === 'incremental' && range !== null) {
    const paths = await pathsIn(deps.log, range);
    yield* secretParts(deps, async () => paths, inventory);
  }
  if (kind === 'full') yield* machineParts(deps, inventory);
  inventory.omits.push(...omitted(kind, components));
}

async function* statePartsOf(
  { log, backups }: Collecting,
  { range, components }: Collected,
  { contains }: Inventory,
): AsyncGenerator<NewPart> {
  const state = await stateUpTo(log, range?.head?.sequence ?? null);
  const counts = new Map<string, number>();
  for (const part of backups.stateParts(state, components)) {
    const [, folder = ''] = part.path.split('/');
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
    yield part;
  }
  const listed = [...counts].map(([folder, count]) => (folder.endsWith('.json') ? folder : `${count} ${folder}`));
  contains.push(`state: manifests as of commit ${state.head?.sequence ?? 0} (${listed.join(', ') || 'no resources'})`);
}

/** Returns the state at the newest commit up to a sequence; null: at the end of the log. */
export async function stateUpTo(log: Pick<LogReader, 'view' | 'entries'>, head: number | null): Promise<State> {
  const { state } = await log.view();
  if (head === null || (state.head?.sequence ?? 0) === head) return state;
  // Commits were made since the range was fixed.
  let folded = emptyState;
  const waiting = [];
  for await (const entry of log.entries()) {
    if (entry.position.sequence > head) break;
    waiting.push(entry);
    if (waiting.length < MESSAGES_A_PART) continue;
    folded = fold(folded, waiting);
    waiting.length = 0;
  }
  return fold(folded, waiting);
}

async function* logParts(
  { backups: { log } }: Collecting,
  { from, to }: LogRange,
  inventory: Inventory,
): AsyncGenerator<NewPart> {
  const blobs = new Set<string>();
  let lines: string[] = [];
  let size = 0;
  let first = from;
  let named: string[] = [];
  const flush = function* (last: number): Generator<NewPart> {
    yield { path: `log/${padded(first)}-${padded(last)}.jsonl`, content: Buffer.from(lines.join('')) };
    [lines, size, first] = [[], 0, last + 1];
  };
  for await (const message of log.messages(from, to)) {
    const { sequence, subject, time, data } = message;
    const line = `${JSON.stringify({ sequence, subject, time, data })}\n`;
    if (lines.length > 0 && size + line.length > BYTES_A_PART) yield* flush(sequence - 1);
    lines.push(line);
    size += line.length;
    inventory.messages += 1;
    const blob = blobIn(data);
    if (blob !== null && !blobs.has(blob)) {
      blobs.add(blob);
      named.push(blob);
    }
    if (lines.length < MESSAGES_A_PART) continue;
    yield* flush(sequence);
    yield* blobParts(log, named);
    named = [];
  }
  if (lines.length > 0) yield* flush(to);
  yield* blobParts(log, named);
  if (to >= from) inventory.contains.push(`log: messages ${from} to ${to}, every commit and outcome of the range`);
  if (blobs.size > 0) inventory.contains.push(`blobs: the changes of ${blobs.size} large commits`);
}

async function* blobParts(log: BackupLog, hashes: readonly string[]): AsyncGenerator<NewPart> {
  for (const hash of hashes) {
    const text = await log.blob(hash);
    if (text === null) throw blobMissing(hash);
    yield { path: `blobs/${hash}.json`, content: Buffer.from(text) };
  }
}

type BackupLog = Dependencies['backups']['log'];

/** Returns the hash of the blob that a message names. Only large commits do, so most are not parsed. */
function blobIn(data: string): string | null {
  if (!data.includes('"blob":"')) return null;
  const message: unknown = JSON.parse(data);
  const blob = isObject(message) && message['type'] === 'committed' ? message['blob'] : null;
  return typeof blob === 'string' ? blob : null;
}

function padded(sequence: number): string {
  return String(sequence).padStart(9, '0');
}

type Paths = (vault: Secrets) => Promise<readonly string[]>;

async function* secretParts(
  { secrets: vault }: Collecting,
  paths: Paths,
  { contains, omits }: Inventory,
): AsyncGenerator<NewPart> {
  if (vault === null) {
    omits.push('values of secrets: this worker has no Vault');
    return;
  }
  let count = 0;
  for (const path of await paths(vault)) {
    const value = await vault.read(path);
    // It was destroyed, or it belongs to a commit whose value is gone.
    if (value === null) continue;
    const writtenAt = await vault.writtenAt(path);
    count += 1;
    yield { path: `secrets/${path}.json`, content: Buffer.from(`${JSON.stringify({ value, writtenAt })}\n`) };
  }
  if (count > 0) contains.push(`secrets: ${count} values of Hecate’s mount in Vault`);
}

/** Returns every path of Hecate's own mount, but those of checks that run. */
async function allPaths(vault: Secrets): Promise<readonly string[]> {
  const below = async (folder: string): Promise<string[]> => {
    const paths: string[] = [];
    for (const name of await vault.list(folder)) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (!name.endsWith('/')) paths.push(path);
      else if (path !== `${SCRATCH_FOLDER}/`) paths.push(...(await below(path.slice(0, -1))));
    }
    return paths;
  };
  return below('');
}

const EDITION = /^[a-z2-7]{24}$/;
const FINGERPRINT = /^[0-9a-f]{64}$/;

/** Returns the paths in Vault of the values that commits of a range name. */
async function pathsIn(log: Pick<LogReader, 'entries'>, { from, to }: LogRange): Promise<readonly string[]> {
  const paths = new Set<string>();
  for await (const { position, message } of log.entries(from)) {
    if (position.sequence > to) break;
    if (message.type !== 'committed') continue;
    for (const change of message.changes) for (const path of pathsOf(change)) paths.add(path);
  }
  return [...paths].sort();
}

function pathsOf({ kind, after }: Change): readonly string[] {
  if (after === null) return [];
  const texts = [...textsIn(after)];
  if (kind !== 'Secret') return texts.filter((text) => FINGERPRINT.test(text)).map(vaultPathOfKey);
  const secret = after;
  const editions = texts.filter((text) => EDITION.test(text));
  return editions.flatMap((edition) => [vaultPathOf({ ...secret, edition }), plainPathOf(secret, edition)]);
}

function* textsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) yield* textsIn(inner);
}

async function* machineParts({ backups }: Collecting, { contains, omits }: Inventory): AsyncGenerator<NewPart> {
  const files = backups.files();
  let identities = 0;
  for await (const part of files.identities()) {
    identities += 1;
    yield part;
  }
  let stored = 0;
  for await (const part of files.caddyStorage()) {
    stored += 1;
    yield part;
  }
  if (identities > 0) contains.push(`identities: ${identities} keys and credentials of Hecate, NATS and OpenBao`);
  if (stored > 0)
    contains.push(`caddy: ${stored} files of its storage (ACME accounts, certificates, internal authority)`);
  omits.push(...files.omitted());
}

function omitted(kind: Collected['kind'], components: Collected['components']): readonly string[] {
  switch (kind) {
    case 'components': {
      const listed = components === 'all' ? 'all' : components.join(', ');
      return [`everything but the state of these components: ${listed}`, 'log, values of secrets, certificates, keys'];
    }
    case 'incremental':
      return ['everything that earlier backups of its chain have: a restore needs them too', ...elsewhere];
    case 'full':
      return elsewhere;
  }
}

/** Data of other systems, which no backup has. */
const elsewhere: readonly string[] = [
  'authentik’s own database (users, groups, sessions, flows): back it up with authentik’s tools. Hecate makes its own objects there again',
  'Temporal’s histories: an operation that runs now is in the backup as far as its commit is in the log',
  'access logs and other logs of the servers',
];

function blobMissing(hash: string): Failure {
  return new Failure('lost', `the blob ${hash} with the changes of a large commit is missing in NATS`, {
    system: 'nats',
    hint: 'Restore the log from the last whole backup: hecate list backups',
  });
}
