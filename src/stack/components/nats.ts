import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { connect, type NatsConnection, type NatsError } from 'nats';
import { checkTakesMessage } from '../../adapters/log/nats/check-stream.js';
import { natsOptions, type NatsLocation } from '../../adapters/log/nats/connect-nats.js';
import { createLog, limitBlobStaging } from '../../adapters/log/create-log.js';
import { LOG_ID, nameLog, namesOn } from '../../adapters/log/log-names.js';
import { shownNats } from '../../adapters/log/nats/nats-servers.js';
import { Failure } from '../../ports/failure.js';
import { homeLayout, type HomeLayout } from '../home-layout.js';
import { makePrivateFolder, readText, writePrivate } from '../../adapters/files/private-files.js';
import type { StackSettings } from '../settings/stack-settings.js';
import { finishPart, mendByRestore } from '../restore/journal.js';
import type { Component } from './component.js';
import { natsUsers } from './nats-config.js';
import { seedProblem, writeNatsConfig } from './nats-keys.js';

/** NATS with JetStream, which stores the log. Its set-up creates the log only in a home that never had one. */
export function natsComponent(settings: StackSettings): Component {
  const { home, ports, programs } = settings;
  const layout = homeLayout(home);
  const { environment } = settings.connections.nats;
  const admin = {
    url: `nats://127.0.0.1:${ports.nats}`,
    seedFile: layout.natsSeed('admin'),
    ...(environment === undefined ? {} : { environment }),
  };
  return {
    name: 'nats',
    version: programs.nats?.version ?? null,
    prepare: async () => {
      await finishPart('nats', layout);
      makePrivateFolder(layout.nats);
      writeNatsConfig(settings);
    },
    launch: { file: programs.nats?.path ?? 'nats-server', args: ['--config', layout.natsConfig] },
    check: () => {
      const problem = seedProblem(layout.natsSeed('admin'));
      if (problem !== null) return Promise.reject(new Error(problem));
      return withAdmin(admin, async (nc) => {
        await checkTakesMessage(nc);
        await restoreLogId(nc, layout);
      });
    },
    initialise: () => ensureFirstLog(admin, layout),
    mend() {
      const restoring = mendByRestore('nats', layout);
      if (restoring !== null) return restoring;
      const problem = natsUsers.map((user) => seedProblem(layout.natsSeed(user))).find((one) => one !== null) ?? null;
      return problem === null ? null : { problem, remedy: 'restart' };
    },
  };
}

/** Creates the log in a home that never had one, and limits the staging bucket of an older one. Idempotent. */
export async function ensureFirstLog(admin: NatsLocation, layout: HomeLayout): Promise<void> {
  await withAdmin(admin, async (nc) => {
    if (!existsSync(layout.logId)) return createFirstLog(nc, layout.logId);
    // Without the bucket the log is lost, which the worker reports.
    await limitBlobStaging(nc).catch((error: unknown) => {
      if ((error as NatsError).api_error?.err_code !== STREAM_NOT_FOUND) throw error;
    });
  });
}

/** JetStream's error code for a stream that does not exist. */
const STREAM_NOT_FOUND = 10_059;

/**
 * Creates the log in an external NATS with the worker's seed for a home that never had one.
 * Uses a log that exists there. Throws `denied` when NATS refuses. Idempotent.
 */
export async function ensureExternalLog(location: NatsLocation, layout: HomeLayout): Promise<void> {
  if (existsSync(layout.logId)) return;
  try {
    await withAdmin(location, async (nc) => createFirstLog(nc, layout.logId));
  } catch (cause) {
    throw new Failure('denied', `cannot create the log in nats at ${shownNats(location.url)}: ${String(cause)}`, {
      system: 'nats',
      hint: 'Set HECATE_NATS_SEED_FILE to the seed of a user that may create streams, then run: hecate up',
      cause,
    });
  }
}

/** Writes the log's id again where its file is empty. Without the log there is no id, and the log stays lost. */
async function restoreLogId(nc: NatsConnection, { logId }: HomeLayout): Promise<void> {
  if (readText(logId).broken === null) return;
  const streams = (await nc.jetstreamManager()).streams;
  const id = await streams.info(namesOn(nc).stream).then(
    ({ config }) => config.metadata?.[LOG_ID],
    () => undefined,
  );
  if (id !== undefined) writePrivate(logId, `${id}\n`);
}

/**
 * Creates the log and then writes the marker with its id. The id is recorded before, so that the next start completes a
 * creation that was interrupted. A log is never created twice: nothing writes to it before the marker exists.
 */
async function createFirstLog(nc: NatsConnection, marker: string): Promise<void> {
  const pending = `${marker}.pending`;
  const logId = readText(pending).value ?? randomUUID();
  writePrivate(pending, `${logId}\n`);
  const streams = await nc.jetstreamManager();
  const there = await streams.streams.info(namesOn(nc).stream).then(
    ({ config }) => config.metadata?.[LOG_ID] ?? logId,
    () => null,
  );
  if (there === null) await createLog(nc, { logId });
  writePrivate(marker, `${there ?? logId}\n`);
}

async function withAdmin<T>(location: NatsLocation, use: (nc: NatsConnection) => Promise<T>): Promise<T> {
  const { servers, ...options } = natsOptions(location);
  const connected = await connect({ servers, ...options, timeout: 2_000, reconnect: false, maxReconnectAttempts: -1 });
  const nc = nameLog(connected, location.environment);
  try {
    return await use(nc);
  } finally {
    await nc.close();
  }
}
