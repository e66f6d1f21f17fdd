import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, nkeyAuthenticator, type NatsConnection } from 'nats';
import { readText } from '../../files/private-files.js';
import { readSecretFile } from '../../files/secret-file.js';
import { Failure } from '../../../ports/failure.js';
import { nameLog } from '../log-names.js';
import { isBrokenLogin, isRefusedLogin } from './login-refusals.js';
import { natsServers, shownNats } from './nats-servers.js';
import { renewedConnection, type SeededConnection } from './renewed-connection.js';

/** Addresses of the servers of NATS, separated by commas, and the file with the nkey seed; null: the addresses have the credentials, if any. */
export interface NatsLocation {
  readonly url: string;
  readonly seedFile: string | null;
  /** Environment whose names the log has there; absent: `main`. */
  readonly environment?: string;
}

const TIMEOUT_MS = 4_000;
/** Longest wait for one of several servers. */
const ONE_OF_SEVERAL_MS = 1_500;

/** Pauses (ms) before a refused login is repeated: a server that reloads its configuration refuses those that are under way. */
const REFUSED_PAUSES_MS = [50, 150];

/**
 * Connects to NATS within 4 s, or 1.5 s for each of several servers, which are asked in their order. With `reconnect` (a worker) it reconnects for ever, without (a command) never. A new seed in the
 * file is taken up while the connection is open. `name`: how NATS lists it. Throws `unavailable` or `denied`.
 */
export async function connectNats(
  location: NatsLocation,
  { reconnect, name }: { readonly reconnect: boolean; readonly name?: string },
): Promise<NatsConnection> {
  const { seedFile, environment } = location;
  const open = () => opened(location, { reconnect, name: `${name ?? 'command'} ${hostname()}/${process.pid}` });
  const first = await open();
  if (seedFile === null) return nameLog(first.nc, environment);
  const seed = () => readText(seedFile).value;
  return nameLog(renewedConnection(first, { seedFile, seed, open }), environment);
}

async function opened(
  location: NatsLocation,
  { reconnect, name }: { readonly reconnect: boolean; readonly name: string },
): Promise<SeededConnection> {
  const unusable = seedFileProblem(location);
  if (unusable !== null) {
    throw new Failure('denied', `cannot log in to nats: ${unusable}`, {
      system: 'nats',
      hint: 'A running stack writes its own seeds again within seconds; see: hecate status. Of a NATS of your own, put the seed back.',
    });
  }
  const { servers, timeout } = natsOptions(location);
  let used: string | null = null;
  const options = {
    ...natsOptions(location, (seed) => (used = seed)),
    name,
    reconnect,
    // With a limit the client drops a second server for each one that fails at the first connection.
    maxReconnectAttempts: -1,
    reconnectTimeWait: 500,
    // A seed that was replaced meanwhile is used at the next attempt.
    ignoreAuthErrorAbort: reconnect,
  };
  try {
    // The client's timeout does not cover a server that accepts the connection and then stays silent.
    const { promise, cancel } = afterwards(timeout * servers.length + 200);
    const nc = await Promise.race([unlessRefused(() => connect(options)), promise]).finally(cancel);
    return { nc, seed: () => used };
  } catch (cause) {
    const credentials = location.seedFile === null ? withoutSeed(location) : `the seed in ${location.seedFile}`;
    const denied = isRefusedLogin(cause);
    throw new Failure(
      denied ? 'denied' : 'unavailable',
      `nats at ${shownNats(location.url)} ${denied ? `refused ${credentials}` : 'does not answer'}`,
      {
        system: 'nats',
        hint: denied
          ? 'Set HECATE_NATS_SEED_FILE (worker) or HECATE_NATS_CLI_SEED_FILE (commands) to the seed of a user of this NATS server.'
          : 'Start the stack: hecate up. Its state: hecate status',
        cause,
      },
    );
  }
}

/** Repeats a login that was refused or cut off. The last attempt’s error passes. */
async function unlessRefused<T>(attempt: () => Promise<T>): Promise<T> {
  for (const pause of REFUSED_PAUSES_MS) {
    try {
      return await attempt();
    } catch (error) {
      if (!isRefusedLogin(error) && !isBrokenLogin(error)) throw error;
      await sleep(pause);
    }
  }
  return attempt();
}

/** Returns the servers, the wait for each and the credentials of a location, as NATS' client takes them. `onSeed` is called with each seed that is used. */
export function natsOptions(location: NatsLocation, onSeed: (seed: string) => void = () => undefined) {
  const named = natsServers(location.url) ?? { servers: [location.url] };
  const { servers } = named;
  // In their order: whoever asks the same server sees the same state of it.
  const asked = { servers, timeout: servers.length > 1 ? ONE_OF_SEVERAL_MS : TIMEOUT_MS, noRandomize: true };
  if (location.seedFile === null) return { ...named, ...asked };
  const { seedFile } = location;
  const seed = () => {
    // The client asks for it at each connection.
    const text = readSecretFile(seedFile);
    onSeed(text);
    return Buffer.from(text);
  };
  return { ...asked, authenticator: nkeyAuthenticator(seed) };
}

function withoutSeed({ url }: NatsLocation): string {
  const { user, token } = natsServers(url) ?? {};
  return (user ?? token) === undefined ? 'a connection without credentials' : 'the credentials in HECATE_NATS_URL';
}

/** Says what is wrong with the seed's file; null: nothing, or no file is used. */
function seedFileProblem({ seedFile }: NatsLocation): string | null {
  if (seedFile === null) return null;
  const { value, broken } = readText(seedFile);
  return value === null ? (broken ?? `${seedFile} does not exist`) : null;
}

function afterwards(ms: number): { promise: Promise<never>; cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const promise = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${ms} ms`)), ms);
  });
  return { promise, cancel: () => clearTimeout(timer) };
}
