import {
  createNatsIssuer,
  natsCredential,
  type NatsOfHome,
  type NatsUserOfHome,
} from '../../adapters/nats/nats-issuer.js';
import type { RotatedSeals } from '../../adapters/keys/rotated-seals.js';
import type { WorkerLog } from '../../adapters/log/event-log.js';
import { shownNats } from '../../adapters/log/nats/nats-servers.js';
import type { Issuer, OwnCredential } from '../../ports/credentials.js';
import { Failure } from '../../ports/failure.js';
import {
  acceptedKeys,
  reloadNats,
  runningNats,
  writeAcceptedKeys,
  type RotatedNatsUser,
} from '../../stack/components/nats-keys.js';
import type { Connections } from '../../stack/connections.js';
import { homeLayout } from '../../stack/home-layout.js';
import { readSettings, type StackSettings } from '../../stack/settings/stack-settings.js';

/** Parts of the worker that use its seed of NATS. */
export interface NatsUse {
  readonly log: Pick<WorkerLog, 'renewCredentials'>;
  /** Null: the seals do not follow from the seed. */
  readonly seals: RotatedSeals | null;
}

/** Names of the secrets of Hecate's users of NATS. */
const NAMES = { worker: 'nats-worker', cli: 'nats-cli' } as const;

/** Returns the issuer of the kind `nats-credentials`; a text: why this worker has none. */
export function natsIssuer(connections: Connections, use: NatsUse): Issuer | string {
  const nats = natsOfHome(connections, use);
  return typeof nats === 'string' ? nats : createNatsIssuer(nats);
}

/** Finds the keys of the users of NATS that this worker and its commands use. A file that is missing or damaged has none. */
export async function ownNatsCredentials({ nats }: Connections): Promise<readonly OwnCredential[]> {
  const files = [
    [NAMES.worker, nats.workerSeedFile],
    [NAMES.cli, nats.cliSeedFile],
  ] as const;
  return files.flatMap(([name, file]) => {
    const value = file === null ? null : natsCredential(file);
    return value === null ? [] : [{ name, kind: 'nats-credentials' as const, value, plain: null }];
  });
}

/**
 * Returns the NATS server that the stack of this home runs, with its users; a text: why its users' keys cannot be replaced here.
 */
export function natsOfHome({ home, nats }: Connections, { log, seals }: NatsUse): NatsOfHome | string {
  const layout = homeLayout(home);
  const settings = readSettings(layout);
  const server = settings === null ? null : `127.0.0.1:${settings.ports.nats}`;
  if (settings === null || !isOwn(settings) || nats.url !== `nats://${server}`) return elsewhere(nats);
  const files = { worker: layout.natsSeed('worker'), cli: layout.natsSeed('cli') };
  if (nats.workerSeedFile !== files.worker || nats.cliSeedFile !== files.cli) return elsewhere(nats);
  const user = (name: RotatedNatsUser): NatsUserOfHome => ({
    seedFile: files[name],
    accepted: () => acceptedKeys(layout, name),
    accept: (keys) => writeAcceptedKeys(layout, name, keys),
    renew: () => (name === 'worker' ? log.renewCredentials() : Promise.resolve()),
    beforeReplaced: () => (name === 'worker' ? seals?.keep() : undefined),
    afterRevoked: (seed) => (name === 'worker' ? seals?.replace(seed) : undefined),
    consumer: name === 'cli' ? `commands with ${files.cli}` : null,
  });
  return {
    server: server ?? '',
    sysSeedFile: layout.natsSeed('sys'),
    users: { [NAMES.worker]: user('worker'), [NAMES.cli]: user('cli') },
    reload: () => reloadNats(settings),
    checkReload() {
      const running = runningNats(layout);
      if (running === null) {
        throw new Failure('unavailable', 'the nats of this home does not run', {
          system: 'nats',
          hint: 'The supervisor starts it again within seconds; see: hecate status',
        });
      }
      try {
        process.kill(running.pid, 0);
      } catch (cause) {
        throw new Failure('denied', `this worker may not signal the process ${running.pid} of nats`, {
          system: 'nats',
          hint: 'Run the worker as the user who runs hecate up.',
          cause,
        });
      }
    },
  };
}

function isOwn({ external, components }: StackSettings): boolean {
  return components.includes('nats') && !external.includes('nats');
}

function elsewhere({ url, workerSeedFile, cliSeedFile }: Connections['nats']): string {
  const files = [...new Set([workerSeedFile, cliSeedFile])].filter((file) => file !== null);
  const seeds = files.length === 0 ? 'its seed' : files.join(' or ');
  return `the users of nats at ${shownNats(url)} stand in a configuration that Hecate does not own. Add a user with a new key and the same permissions there and have the server read it (nats-server --signal reload); put the new seed into ${seeds}, which running workers and commands take up by themselves; then remove the old user`;
}
