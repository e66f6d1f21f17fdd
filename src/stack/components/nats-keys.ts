import { existsSync, readFileSync } from 'node:fs';
import { nkeys } from 'nats';
import { makePrivateFolder, readJson, readText, writeJson, writePrivate } from '../../adapters/files/private-files.js';
import { homeLayout, type HomeLayout } from '../home-layout.js';
import { isAlive, type ProcessIdentity } from '../processes/process-identity.js';
import { runningChildren } from '../processes/recorded-processes.js';
import type { StackSettings } from '../settings/stack-settings.js';
import { natsConfig, natsUsers, type NatsKeys, type NatsUser } from './nats-config.js';

/** A user of NATS whose key is rotated. */
export type RotatedNatsUser = 'worker' | 'cli';

/** A public key that NATS accepts beside that of the user's seed file. */
export interface AcceptedKey {
  readonly publicKey: string;
  /** Edition of the secret that it belongs to; null: the key that the seed file had before. */
  readonly edition: string | null;
}

type AcceptedKeys = Readonly<Partial<Record<RotatedNatsUser, readonly AcceptedKey[]>>>;

/**
 * Returns the public keys that NATS accepts of all users: that of each seed file, and those of a rotation. Creates missing
 * seeds, and replaces damaged ones: they are worth nothing else.
 */
export function natsKeys(layout: HomeLayout): NatsKeys {
  const accepted = acceptedIn(layout);
  const keysOf = (user: NatsUser) => {
    const added = user === 'worker' || user === 'cli' ? (accepted[user] ?? []) : [];
    return [...new Set([publicKey(layout.natsSeed(user)), ...added.map((one) => one.publicKey)])];
  };
  return Object.fromEntries(natsUsers.map((user) => [user, keysOf(user)])) as unknown as NatsKeys;
}

/** Returns the keys that NATS accepts of a user beside that of the seed file. */
export function acceptedKeys(layout: HomeLayout, user: RotatedNatsUser): readonly AcceptedKey[] {
  return acceptedIn(layout)[user] ?? [];
}

/** Replaces the keys of {@link acceptedKeys}. NATS accepts them from its next start or {@link reloadNats} on. */
export function writeAcceptedKeys(layout: HomeLayout, user: RotatedNatsUser, keys: readonly AcceptedKey[]): void {
  writeJson(layout.natsAccepted, { ...acceptedIn(layout), [user]: keys } satisfies AcceptedKeys);
}

/** Writes the configuration of the home's NATS. Creates missing seeds. */
export function writeNatsConfig({
  home,
  ports,
  connections,
}: Pick<StackSettings, 'home' | 'ports' | 'connections'>): void {
  const layout = homeLayout(home);
  makePrivateFolder(layout.nats);
  if (readJson(layout.natsAccepted, isAcceptedKeys).broken !== null) writeJson(layout.natsAccepted, {});
  const [folder, listen] = [layout.natsData, `127.0.0.1:${ports.nats}`];
  const { environment } = connections.nats;
  writePrivate(layout.natsConfig, natsConfig({ listen, folder, publicKeys: natsKeys(layout), environment }));
}

/**
 * Writes the configuration and has the running NATS of the home read it again. A NATS that does not run reads it when the
 * supervisor starts it. Signals only the process that the home's records name.
 */
export function reloadNats(settings: Pick<StackSettings, 'home' | 'ports' | 'connections'>): void {
  writeNatsConfig(settings);
  const server = runningNats(homeLayout(settings.home));
  if (server === null) return;
  try {
    process.kill(server.pid, 'SIGHUP');
  } catch (error) {
    // It ended in this moment.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Returns the process of NATS that the home's records name and that runs; null: there is none. */
export function runningNats(layout: HomeLayout): ProcessIdentity | null {
  return runningChildren(layout).find((one) => one.name === 'nats' && isAlive(one)) ?? null;
}

/** Says what is wrong with a seed's file; null: nothing. */
export function seedProblem(seedFile: string): string | null {
  const { value, broken } = readText(seedFile);
  if (value === null) return broken ?? `${seedFile} is missing`;
  try {
    (nkeys as KeyLibrary).fromSeed(Buffer.from(value));
    return null;
  } catch {
    return `${seedFile} does not hold a seed`;
  }
}

/** A damaged file counts as empty: the keys of the seed files are accepted all the same. */
function acceptedIn({ natsAccepted }: HomeLayout): AcceptedKeys {
  return readJson<AcceptedKeys>(natsAccepted, isAcceptedKeys).value ?? {};
}

/** Returns true for the content of the file of accepted keys. */
export function isAcceptedKeys(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const lists = (['worker', 'cli'] as const).map((user) => (value as Record<string, unknown>)[user] ?? []);
  return lists.every((list) => Array.isArray(list) && list.every(isKey));
}

/** The key goes into NATS' configuration as it is. */
function isKey(value: unknown): boolean {
  return /^U[A-Z2-7]{55}$/.test(String((value as { publicKey?: unknown } | null)?.publicKey));
}

/** Returns the public key of a seed. Creates the seed when it is missing or damaged. */
function publicKey(seedFile: string): string {
  const library = nkeys as KeyLibrary;
  if (!existsSync(seedFile) || seedProblem(seedFile) !== null) writePrivate(seedFile, library.createUser().getSeed());
  return library.fromSeed(Buffer.from(readFileSync(seedFile, 'utf8').trim())).getPublicKey();
}

interface KeyLibrary {
  createUser(): KeyPair;
  fromSeed(seed: Uint8Array): KeyPair;
}

interface KeyPair {
  getSeed(): Uint8Array;
  getPublicKey(): string;
}
