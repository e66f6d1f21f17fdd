// Hecate's own users of NATS as secrets. May import ports, own files, the log's logins and NATS' client.
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, nkeyAuthenticator, nkeys, type NatsConnection } from 'nats';
import { Failure } from '../../ports/failure.js';
import type { ConsumerUse, Credential, IssuedSecret, Issuer } from '../../ports/credentials.js';
import { isBrokenLogin, isRefusedLogin } from '../log/nats/login-refusals.js';
import { readText, writePrivate } from '../files/private-files.js';

/** A key that NATS accepts of a user beside that of its seed file. */
export interface AcceptedKey {
  readonly publicKey: string;
  /** Edition of the secret; null: the key that the seed file had before. */
  readonly edition: string | null;
}

/** A user of a NATS server that this home runs. */
export interface NatsUserOfHome {
  readonly seedFile: string;
  accepted(): readonly AcceptedKey[];
  /** Replaces the accepted keys durably. */
  accept(keys: readonly AcceptedKey[]): void;
  /** Moves this process's connections to the seed of the file. */
  renew(): Promise<void>;
  /** Called before the file gets another seed. Idempotent. */
  beforeReplaced(): void;
  /** Called when a seed is worth nothing any more. Idempotent. */
  afterRevoked(seed: string): void;
  /** Returns a line for a user that has no connection at most times, such as commands; null: each connection is a consumer. */
  readonly consumer: string | null;
}

/** The NATS server of this home, as its issuer reaches it. */
export interface NatsOfHome {
  /** `host:port`. */
  readonly server: string;
  /** Seed of the user who sees the connections. */
  readonly sysSeedFile: string;
  /** Users by the name of their secret. */
  readonly users: Readonly<Record<string, NatsUserOfHome>>;
  /** Throws when the running server cannot be made to read its configuration. */
  checkReload(): void;
  /** Writes the server's configuration from the accepted keys, and has the running server read it. */
  reload(): void;
}

const CONNECT_MS = 2_000;
/** Longest wait (ms) for a server that reads its configuration, or starts again, to accept or refuse a key. */
const TAKEN_UP_MS = 8_000;
const AGAIN_MS = 1_000;
/** Longest wait (ms) for consumers that use the old key. */
const CONSUMERS_MS = 3_000;
const LAST_CALLS_MS = 1_000;
const LOOK_MS = 20;
/** Logins that are under way while a server reads its configuration are refused too, so one refusal proves nothing. */
const REFUSALS = 2;
const PROOF = 'proof of a rotation';

/** Creates the issuer of the kind `nats-credentials` for the NATS server of this home. */
export function createNatsIssuer(nats: NatsOfHome): Issuer {
  const userOf = ({ name }: IssuedSecret): NatsUserOfHome => {
    const user = nats.users[name];
    if (user !== undefined) return user;
    throw new Failure('invalid', `${name} is no user of NATS that Hecate has here`, { system: 'nats' });
  };
  const accept = (user: NatsUserOfHome, keys: readonly AcceptedKey[]) => {
    if (JSON.stringify(keys) === JSON.stringify(user.accepted())) return;
    user.accept(keys);
    nats.reload();
  };
  /** Waits until the server accepts or refuses a seed. Has it read its configuration again and again, since it may have started meanwhile. */
  const untilTaken = async (seed: string, isWanted: boolean) => {
    let nextReload = Date.now() + AGAIN_MS;
    for (const deadline = Date.now() + TAKEN_UP_MS; ;) {
      const isAccepted = await login(nats, seed, 1).catch((error: unknown) => asFailure(error));
      if (isAccepted === isWanted) return;
      if (Date.now() > deadline) {
        if (typeof isAccepted !== 'boolean') throw isAccepted;
        throw new Failure('unavailable', `nats at ${nats.server} did not take up its new configuration`, {
          system: 'nats',
          hint: 'See why in its log: hecate logs nats',
        });
      }
      if (Date.now() > nextReload) {
        nats.reload();
        nextReload = Date.now() + AGAIN_MS;
      }
      await sleep(LOOK_MS);
    }
  };
  const give = async (user: NatsUserOfHome, { edition, value }: Credential) => {
    const [seed, publicKey] = [seedOf(value), publicKeyOf(seedOf(value))];
    const now = currentKey(user);
    const known = user.accepted();
    const kept =
      now === null || known.some((one) => one.publicKey === now)
        ? known
        : [...known, { publicKey: now, edition: null }];
    accept(user, [...kept.filter((one) => one.publicKey !== publicKey), { publicKey, edition }]);
    await untilTaken(seed, true);
    user.beforeReplaced();
    if (readText(user.seedFile).value !== seed) writePrivate(user.seedFile, seed);
    await user.renew();
  };

  return {
    async preflight(secret) {
      const { seedFile } = userOf(secret);
      // No key is tried at the server: each reading of its configuration refuses the logins that are under way.
      try {
        accessSync(dirname(seedFile), constants.W_OK);
        if (existsSync(seedFile)) accessSync(seedFile, constants.R_OK);
      } catch (cause) {
        throw new Failure('denied', `cannot write ${seedFile}: ${(cause as NodeJS.ErrnoException).code}`, {
          hint: `Give the worker’s user the right to write the folder ${dirname(seedFile)}.`,
          cause,
        });
      }
      nats.checkReload();
      await connections(nats);
    },
    async issue() {
      const pair = (nkeys as KeyLibrary).createUser();
      const seed = Buffer.from(pair.getSeed()).toString();
      return { value: { seed, publicKey: pair.getPublicKey() }, plain: null };
    },
    distribute: (secret, next) => give(userOf(secret), next),
    async prove(secret, next) {
      const user = userOf(secret);
      const seed = seedOf(next.value);
      await withConnection(nats, seed, (nc) => nc.request('$JS.API.INFO', '', { timeout: CONNECT_MS }));
      const publicKey = publicKeyOf(seed);
      if (currentKey(user) !== publicKey) {
        throw new Failure('unavailable', `${user.seedFile} does not hold the new key yet`, { system: 'nats' });
      }
      const others = formerKeys(user, publicKey);
      const found = await waitForOthers(nats, others, CONSUMERS_MS);
      const late = found.filter(({ key }) => others.includes(key));
      if (late.length > 0) {
        throw new Failure('unavailable', `still connected to nats with the old key: ${late.map(nameOf).join(', ')}`, {
          system: 'nats',
          hint: `They take up ${user.seedFile} by themselves; a process on another machine needs the new seed in a file there.`,
        });
      }
      if (user.consumer !== null) return [{ name: user.consumer, since: new Date().toISOString() }];
      return usesOf(found.filter(({ key, name }) => key === publicKey && name !== PROOF));
    },
    async takeBack(secret, former) {
      const user = userOf(secret);
      const now = currentKey(user);
      const held = user.accepted().find(({ publicKey }) => publicKey === now)?.edition ?? null;
      // The file has no key of a rotation, or that of the former one: nothing was given.
      if (held !== null && held !== former.edition) await give(user, former);
    },
    async revoke(secret, edition, credential) {
      const user = userOf(secret);
      const seed = credential === null ? null : seedOf(credential.value);
      const publicKey = seed === null ? null : publicKeyOf(seed);
      const now = currentKey(user);
      if (publicKey !== null && publicKey === now) {
        throw new Failure('conflict', `${user.seedFile} holds the key that is to be revoked`, {
          system: 'nats',
          hint:
            'Its users would be cut off. Put the seed in force back into the file, or cancel the rotation: hecate cancel secret rotation --name ' +
            secret.name,
        });
      }
      // A command may have read the file in the moment before it was replaced.
      if (publicKey !== null) await waitForOthers(nats, [publicKey], LAST_CALLS_MS).catch(() => undefined);
      const isKept = (one: AcceptedKey) =>
        one.publicKey === now || (one.publicKey !== publicKey && one.edition !== edition && one.edition !== null);
      accept(user, user.accepted().filter(isKept));
      if (seed === null) return;
      await untilTaken(seed, false);
      user.afterRevoked(seed);
    },
    async isAccepted(_, { value }) {
      return login(nats, seedOf(value), REFUSALS).catch((error: unknown) => {
        throw asFailure(error);
      });
    },
    async removeOthers(secret, except) {
      const user = userOf(secret);
      const kept = new Set([currentKey(user), ...except.map(({ value }) => publicKeyOf(seedOf(value)))]);
      const before = user.accepted();
      const after = before.filter(({ publicKey }) => kept.has(publicKey));
      accept(user, after);
      return before.length - after.length;
    },
  };
}

/** Returns the value of a secret of the kind `nats-credentials` for a file with a seed; null: the file is missing or damaged. */
export function natsCredential(seedFile: string): { readonly seed: string; readonly publicKey: string } | null {
  const { value: seed } = readText(seedFile);
  try {
    return seed === null ? null : { seed, publicKey: publicKeyOf(seed) };
  } catch {
    return null;
  }
}

/** A connection as the server lists it. */
interface Listed {
  readonly key: string;
  readonly name: string;
  readonly address: string;
  /** ISO 8601. */
  readonly start: string;
}

function formerKeys(user: NatsUserOfHome, publicKey: string): readonly string[] {
  return user
    .accepted()
    .map((one) => one.publicKey)
    .filter((key) => key !== publicKey);
}

/** Waits until no connection has one of these keys, and returns all connections as they were last. */
async function waitForOthers(
  nats: NatsOfHome,
  keys: readonly string[],
  patienceMs: number,
): Promise<readonly Listed[]> {
  return withConnection(nats, readFileSync(nats.sysSeedFile, 'utf8').trim(), async (nc) => {
    for (const deadline = Date.now() + patienceMs; ;) {
      const found = await listed(nc);
      if (Date.now() > deadline || !found.some(({ key }) => keys.includes(key))) return found;
      await sleep(LOOK_MS);
    }
  });
}

function connections(nats: NatsOfHome): Promise<readonly Listed[]> {
  return waitForOthers(nats, [], 0);
}

async function listed(nc: NatsConnection): Promise<readonly Listed[]> {
  const query = JSON.stringify({ auth: true, limit: 10_000 });
  const reply = await nc.request('$SYS.REQ.SERVER.PING.CONNZ', query, { timeout: CONNECT_MS });
  const { data } = reply.json<{ data?: { connections?: readonly Connz[] } }>();
  return (data?.connections ?? []).map(({ nkey, authorized_user, name, ip, port, start }) => ({
    key: nkey ?? authorized_user ?? '',
    name: name ?? '',
    address: `${ip}:${port}`,
    start,
  }));
}

interface Connz {
  readonly nkey?: string;
  readonly authorized_user?: string;
  readonly name?: string;
  readonly ip: string;
  readonly port: number;
  readonly start: string;
}

function nameOf({ name, address }: Listed): string {
  return name === '' ? `a connection from ${address}` : name;
}

function usesOf(found: readonly Listed[]): readonly ConsumerUse[] {
  const uses = new Map(found.map((one) => [nameOf(one), new Date(one.start).toISOString()]));
  return [...uses].map(([name, since]) => ({ name, since }));
}

/** Logins that may break off. A server that refuses one closes it, sometimes before its reason was read. */
const BROKEN_LOGINS = 5;

/** Returns true when the server accepts a seed, and false after so many refusals. Throws when it does not answer. */
async function login(nats: NatsOfHome, seed: string, refusals: number): Promise<boolean> {
  for (let [refused, broken] = [0, 0]; ;) {
    try {
      await withConnection(nats, seed, (nc) => nc.flush());
      return true;
    } catch (error) {
      const cause = (error as { cause?: unknown }).cause ?? error;
      if (isRefusedLogin(cause)) {
        if (++refused >= refusals) return false;
      } else if (!isBrokenLogin(cause) || ++broken >= BROKEN_LOGINS) throw error;
      await sleep(LOOK_MS * (refused + broken));
    }
  }
}

async function withConnection<T>(
  { server }: NatsOfHome,
  seed: string,
  use: (nc: NatsConnection) => Promise<T>,
): Promise<T> {
  const authenticator = nkeyAuthenticator(Buffer.from(seed));
  try {
    const nc = await connect({ servers: [server], authenticator, name: PROOF, timeout: CONNECT_MS, reconnect: false });
    try {
      return await use(nc);
    } finally {
      await nc.close();
    }
  } catch (error) {
    throw asFailure(error, server);
  }
}

function asFailure(error: unknown, server = 'its address'): Failure {
  if (error instanceof Failure) return error;
  return new Failure('unavailable', `nats at ${server} does not answer: ${(error as Error).message}`, {
    system: 'nats',
    hint: 'Start the stack: hecate up. Its state: hecate status',
    cause: error,
  });
}

/** Returns the public key of the seed in the user's file; null: the file is missing or damaged. */
function currentKey({ seedFile }: NatsUserOfHome): string | null {
  return natsCredential(seedFile)?.publicKey ?? null;
}

function seedOf(value: Credential['value']): string {
  const seed = value['seed'];
  if (typeof seed === 'string') return seed;
  throw new Failure('missing', 'Vault holds no seed of NATS for this edition', {
    system: 'vault',
    hint: 'Restore the data of Vault.',
  });
}

function publicKeyOf(seed: string): string {
  return (nkeys as KeyLibrary).fromSeed(Buffer.from(seed)).getPublicKey();
}

interface KeyLibrary {
  createUser(): { getSeed(): Uint8Array; getPublicKey(): string };
  fromSeed(seed: Uint8Array): { getPublicKey(): string };
}
