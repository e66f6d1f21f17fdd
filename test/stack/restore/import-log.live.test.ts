import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { logNames } from '../../../src/adapters/log/log-names.js';
import { createLog } from '../../../src/adapters/log/create-log.js';
import { createEventLog } from '../../../src/adapters/log/index.js';
import { importBlob, importLog, type LogMessage } from '../../../src/adapters/log/import-log.js';
import { blobsOf } from '../../../src/adapters/log/large-commits.js';
import { hashOf } from '../../../src/adapters/log/nats/read-stream.js';
import { homeLayout } from '../../../src/stack/home-layout.js';
import { natsKeys } from '../../../src/stack/components/nats-keys.js';
import { startThrowawayNats, type ThrowawayNats } from '../../../src/stack/restore/throwaway-nats.js';
import { ensureServer } from '../../../src/stack/servers/ensure-server.js';
import { draft, route, routeChange } from '../../builders/log.js';
import { startNats, type NatsServer } from '../../contracts/nats-server.js';
import { eventually } from '../../e2e/stack.js';

let home: string;
let source: NatsServer;
let started: ThrowawayNats[];

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'hecate-import-'));
  mkdirSync(homeLayout(home).nats);
  source = await startNats();
  started = [];
});
afterEach(async () => {
  for (const one of started) await one.stop();
  source.stop();
  rmSync(home, { recursive: true, force: true });
});

async function startThrowaway(folder: string, environment?: string): Promise<ThrowawayNats> {
  const layout = homeLayout(home);
  const program = await ensureServer('nats-server', process.env);
  const publicKeys = natsKeys(layout);
  const adminSeedFile = layout.natsSeed('admin');
  const one = await startThrowawayNats({
    program,
    folder: join(home, folder),
    publicKeys,
    adminSeedFile,
    environment,
  });
  started.push(one);
  return one;
}

/** Writes a log with small commits, a large one, and outcomes. */
async function fill(): Promise<void> {
  const log = await createEventLog({ url: source.url, seedFile: null, onWarning: () => undefined });
  const many = Array.from({ length: 4_000 }, (_, at) => routeChange(null, route(`r${at}.example.org`)));
  for (const one of [draft('a'), draft('b'), draft('large', { changes: many }), draft('c')]) {
    const { state } = await log.view();
    await log.append(one, state.head);
    await log.record({ id: one.id, at: one.at, result: 'completed', detail: null, behind: [] });
  }
  await log.close();
}

async function messagesOf(): Promise<{ messages: LogMessage[]; blobs: ReadonlyMap<string, string> }> {
  const nc = await source.admin();
  const streams = (await nc.jetstreamManager()).streams;
  const last = (await streams.info('HECATE')).state.last_seq;
  const messages: LogMessage[] = [];
  const blobs = new Map<string, string>();
  for (let seq = 1; seq <= last; seq++) {
    const { subject, data } = await streams.getMessage('HECATE', { seq });
    messages.push({ sequence: seq, subject, data: Buffer.from(data).toString() });
    const { blob } = JSON.parse(Buffer.from(data).toString()) as { blob?: string };
    if (blob !== undefined) blobs.set(blob, (await blobsOf(nc).get(blob)) ?? '');
  }
  await nc.close();
  return { messages, blobs };
}

async function* each<T>(list: readonly T[]): AsyncGenerator<T> {
  yield* list;
}

async function importAll(into: ThrowawayNats, logId = 'log-9') {
  const { messages, blobs } = await messagesOf();
  await createLog(into.nc, { logId });
  for (const [hash, text] of blobs) await importBlob(into.nc, hash, text);
  await importLog(into.nc, each(messages));
  return messages;
}

async function viewOf(location: ThrowawayNats['location']) {
  const log = await createEventLog({ ...location, onWarning: () => undefined });
  const view = await log.view();
  await log.close();
  return view;
}

describe('a log that is imported into a throwaway NATS', () => {
  it('has the same sequences, bytes and state, also after the server was started again over its folder', async () => {
    await fill();
    const first = await startThrowaway('one');
    const messages = await importAll(first);
    const before = await viewOf({ url: source.url, seedFile: null });
    await first.stop();
    // What a NATS with these files has; the first one has ended.
    const program = await ensureServer('nats-server', process.env);
    cpSync(first.data, join(home, 'two', 'data'), { recursive: true });
    const second = await startThrowawayNats({
      ...{ program, folder: join(home, 'two'), publicKeys: natsKeys(homeLayout(home)) },
      adminSeedFile: homeLayout(home).natsSeed('admin'),
    });
    started.push(second);
    const after = await viewOf(second.location);
    expect(after.logId).toBe('log-9');
    expect(after.state).toEqual(before.state);
    const { streams } = await second.nc.jetstreamManager();
    for (const { sequence, data } of messages) {
      const copy = await streams.getMessage('HECATE', { seq: sequence });
      expect(hashOf(copy.data)).toBe(hashOf(Buffer.from(data)));
    }
  });

  it('gets the names of another environment', async () => {
    await fill();
    const staging = await startThrowaway('one', 'staging');
    await importAll(staging);
    const { streams } = await staging.nc.jetstreamManager();
    expect((await streams.getMessage(logNames('staging').stream, { seq: 1 })).subject).toBe(
      logNames('staging').commitSubject('a'),
    );
    expect((await viewOf(staging.location)).state.resources.size).toBe(4_003);
  });

  it('refuses messages with a gap, and a blob with another content', async () => {
    await fill();
    const into = await startThrowaway('one');
    await createLog(into.nc, { logId: 'log-9' });
    const { messages } = await messagesOf();
    await expect(importLog(into.nc, each(messages.filter(({ sequence }) => sequence !== 2)))).rejects.toMatchObject({
      kind: 'conflict',
      message: expect.stringContaining('message 3') as string,
    });
    await expect(importBlob(into.nc, 'a'.repeat(64), 'text')).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('ends its server when the process that started it is killed', async () => {
    const program = await ensureServer('nats-server', process.env);
    const entry = join(home, 'entry.ts');
    const src = join(import.meta.dirname, '../../../src');
    writeFileSync(
      entry,
      `import { startThrowawayNats } from ${JSON.stringify(join(src, 'stack/restore/throwaway-nats.js'))};
import { natsKeys } from ${JSON.stringify(join(src, 'stack/components/nats-keys.js'))};
import { homeLayout } from ${JSON.stringify(join(src, 'stack/home-layout.js'))};
const layout = homeLayout(${JSON.stringify(home)});
void startThrowawayNats({ program: ${JSON.stringify(program)}, folder: ${JSON.stringify(join(home, 'killed'))},
  publicKeys: natsKeys(layout), adminSeedFile: layout.natsSeed('admin') }).then(({ location }) => console.log(location.url));
setInterval(() => undefined, 1000);`,
    );
    const outfile = join(home, 'entry.cjs');
    await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', logLevel: 'error' });
    const child = spawn(process.execPath, [outfile], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit').then(() => Promise.reject(new Error('it ended by itself')));
    const said = once(child.stdout.setEncoding('utf8'), 'data');
    const [url] = (await Promise.race([said, ended])) as [string];
    ended.catch(() => undefined);
    child.kill('SIGKILL');
    const answers = () => fetch(url.trim().replace('nats://', 'http://')).then(() => true, (error: Error) => !String((error.cause as { code?: unknown }).code).includes('ECONNREFUSED')); // prettier-ignore
    await eventually(answers, (isThere) => !isThere, 5_000);
  });
});
