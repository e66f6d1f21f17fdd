import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type NatsConnection } from 'nats';
import { makePrivateFolder, writePrivate } from '../../adapters/files/private-files.js';
import { natsOptions, type NatsLocation } from '../../adapters/log/nats/connect-nats.js';
import { nameLog } from '../../adapters/log/log-names.js';
import { Failure } from '../../ports/failure.js';
import { natsConfig, type NatsKeys } from '../components/nats-config.js';
import { startBound, type BoundProcess } from './bound-process.js';

/** Program, folder and keys of a throwaway NATS. */
export interface ThrowawayNatsOptions {
  /** Path of `nats-server`. */
  readonly program: string;
  /** New folder for its configuration and its log file. Its data is in `data` there. */
  readonly folder: string;
  /** The users' public keys, and the file with the seed of `admin`. */
  readonly publicKeys: NatsKeys;
  readonly adminSeedFile: string;
  /** Environment whose names the log has there; absent: `main`. */
  readonly environment?: string | undefined;
}

/** A NATS server that only this process uses. */
export interface ThrowawayNats {
  readonly location: NatsLocation;
  /** The administrator's connection. */
  readonly nc: NatsConnection;
  /** Path of its data. Others may use it after `stop`. */
  readonly data: string;
  /** Closes the connection and ends the server, which writes all its data before. Idempotent. */
  stop(): Promise<void>;
}

const STARTS_WITHIN_MS = 15_000;

/**
 * Starts a NATS with an empty folder on a free port of the loopback interface. It ends when this process does. Throws
 * `unavailable` when it does not start within 15 s.
 */
export async function startThrowawayNats(options: ThrowawayNatsOptions): Promise<ThrowawayNats> {
  const { program, folder, publicKeys, adminSeedFile, environment } = options;
  const [data, config, logFile] = [join(folder, 'data'), join(folder, 'nats.conf'), join(folder, 'nats.log')];
  for (const path of [folder, data]) makePrivateFolder(path);
  const throwaway = { portsFolder: folder };
  // It takes its port itself: one that was free a moment ago may be somebody else's by now.
  writePrivate(config, natsConfig({ listen: '127.0.0.1:-1', folder: data, publicKeys, environment, throwaway }));
  const server = startBound({ file: program, args: ['--config', config] }, logFile);
  try {
    const deadline = Date.now() + STARTS_WITHIN_MS;
    for (;;) {
      const url = urlIn(folder);
      const location = url && { url, seedFile: adminSeedFile, ...(environment === undefined ? {} : { environment }) };
      const nc = location && (await connected(location));
      if (location && nc) return { location, nc, data, stop: () => nc.close().then(() => server.stop()) };
      if (!server.isRunning() || Date.now() > deadline) throw notStarted(program, logFile, await endingOf(server));
      await sleep(20);
    }
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function endingOf(server: BoundProcess): Promise<string> {
  return server.isRunning() ? `did not answer within ${STARTS_WITHIN_MS / 1_000} s` : server.exited;
}

/** Returns the address that the server wrote; null: none yet. */
function urlIn(folder: string): string | null {
  try {
    const file = readdirSync(folder).find((name) => name.endsWith('.ports'));
    if (file === undefined) return null;
    return (JSON.parse(readFileSync(join(folder, file), 'utf8')) as { nats?: readonly string[] }).nats?.[0] ?? null;
  } catch {
    // It is writing the file.
    return null;
  }
}

async function connected(location: NatsLocation): Promise<NatsConnection | null> {
  const { servers, ...options } = natsOptions(location);
  const asked = { servers, ...options, timeout: 2_000, reconnect: false, maxReconnectAttempts: -1 };
  return connect(asked).then(
    (nc) => nameLog(nc, location.environment),
    () => null,
  );
}

function notStarted(program: string, logFile: string, why: string): Failure {
  let said = '';
  try {
    said = readFileSync(logFile, 'utf8').trim().split('\n').slice(-5).join('\n');
  } catch {
    // It wrote nothing.
  }
  return new Failure('unavailable', `${program} ${why}${said === '' ? '' : `; the end of its log:\n${said}`}`, {
    system: 'nats',
    hint: 'Check that the disk has space and that the program can be run, then run the command again.',
  });
}
