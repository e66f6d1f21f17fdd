import { createServer, type Server } from 'node:http';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'nats';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { notaryFiles } from '../../../src/adapters/audit/notary-record.js';
import { notaryKey, verifiesText } from '../../../src/adapters/audit/notary-key.js';
import { notaryProblems } from '../../../src/adapters/audit/notary-status.js';
import { writeJson } from '../../../src/adapters/files/private-files.js';
import { natsOptions } from '../../../src/adapters/log/nats/connect-nats.js';
import { logNames } from '../../../src/adapters/log/log-names.js';
import { openRawLog } from '../../../src/adapters/log/raw-log.js';
import { verify, type VerifyOptions } from '../../../src/client/audit/index.js';
import { verifierKeyText, originOf } from '../../../src/domain/audit/checkpoint.js';
import type { StoredMessage } from '../../../src/domain/audit/log-check.js';
import { createNotary } from '../../../src/notary/notary.js';
import { witnessesFrom } from '../../../src/notary/witnesses.js';
import { startMoto, type S3Server } from '../../contracts/s3-servers.js';
import {
  manipulate,
  disguises,
  makeLog,
  randomFrom,
  checkpointOf,
  leavesOf,
  makeKey,
  sha256,
} from '../../domain/audit/manipulate.js';
import { checkLog } from '../../../src/domain/audit/log-check.js';
import { startNats, type NatsServer } from '../../contracts/nats-server.js';
import { startHome } from '../nats/home.js';

const now = () => new Date().toISOString();

describe('the notary', () => {
  let home: Awaited<ReturnType<typeof startHome>>;
  let moto: S3Server;
  let hook: Server;
  const posted: { readonly headers: Record<string, unknown>; readonly body: string }[] = [];
  let hookUrl = '';
  let folder = '';
  let seed = '';

  beforeAll(async () => {
    home = await startHome();
    moto = await startMoto();
    folder = home.layout.notary;
    seed = home.layout.natsSeed('notary');
    hook = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        posted.push({ headers: request.headers, body });
        response.end();
      });
    });
    await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
    hookUrl = `http://127.0.0.1:${(hook.address() as { port: number }).port}/checkpoints?token=secret`;
    vi.stubEnv('HECATE_HOME', home.layout.home);
    writeJson(home.layout.connections, {
      ...home.connections,
      temporal: {},
      caddy: [],
      vault: {},
      environment: 'main',
      worker: {},
    });
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    hook.close();
    await moto.stop();
    await home.stop();
  });

  const env = () => ({
    HECATE_WITNESSES: `s3://locked/hecate/, ${hookUrl}`,
    ...{ AWS_ACCESS_KEY_ID: moto.accessKeyId, AWS_SECRET_ACCESS_KEY: moto.secretAccessKey },
    AWS_ENDPOINT_URL: moto.endpoint,
  });
  const notary = (more: Record<string, string> = {}) => {
    const key = notaryKey(notaryFiles(folder).key);
    const openLog = () => openRawLog({ url: home.url, seedFile: seed, environment: 'main' });
    return createNotary({ openLog, folder, key, witnesses: witnessesFrom({ ...env(), ...more }, { key, now }), now });
  };
  const write = async (count: number, from: number) => {
    const log = await home.openLog();
    for (let n = from; n < from + count; n++) {
      const { state } = await log.view();
      const draft = {
        id: `op${n}`,
        at: now(),
        actor: 'ada',
        reason: null,
        operation: 'test',
        workflowId: `w/op${n}`,
        changes: [],
      };
      await log.append(draft, state.head);
      await log.record({ id: `op${n}`, at: now(), result: 'completed', detail: null, behind: [] });
    }
  };
  const run = async (options: Omit<VerifyOptions, 'output'>) => {
    let text = '';
    const spy = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => ((text += String(chunk)), true));
    try {
      return {
        code: await verify({ output: 'json', ...options }),
        report: () => JSON.parse(text) as Record<string, never>,
      };
    } finally {
      spy.mockRestore();
    }
  };

  it('signs what the log has, with a key of its own, and gives it to its witnesses', async () => {
    await write(20, 1);
    const status = await notary().checkpoint();
    expect(notaryProblems(status)).toEqual([]);
    expect(status).toMatchObject({ problem: null, checkpoint: { size: 40 } });
    expect(status.witnesses).toMatchObject([
      { place: 's3://locked/hecate/', size: 40, problem: null, warning: null },
      { place: new URL(hookUrl).origin, size: 40, problem: null },
    ]);
    expect(statSync(notaryFiles(folder).key).mode & 0o777).toBe(0o600);
  });

  it('signs what it posts, as Standard Webhooks says', () => {
    const [{ headers, body }] = posted as [(typeof posted)[number]];
    const text = `${headers['webhook-id'] as string}.${headers['webhook-timestamp'] as string}.${body}`;
    const signature = Buffer.from((headers['webhook-signature'] as string).replace('v1a,', ''), 'base64');
    expect(verifiesText(notaryKey(notaryFiles(folder).key).verifierKey('x').publicKey, text, signature)).toBe(true);
    expect(JSON.parse(body)).toMatchObject({ type: 'hecate.checkpoint', data: { size: 40 } });
  });

  it('goes on after a restart, and writes nothing where nothing is new', async () => {
    const before = readFileSync(notaryFiles(folder).checkpoints, 'utf8');
    await notary().checkpoint();
    expect(readFileSync(notaryFiles(folder).checkpoints, 'utf8')).toBe(before);
    await write(5, 21);
    expect(await notary().checkpoint()).toMatchObject({ problem: null, checkpoint: { size: 50 } });
  });

  it('says which witness does not have it, and that a bucket has no Object Lock', async () => {
    const status = await notary({ HECATE_WITNESSES: 's3://bucket/hecate/,http://127.0.0.1:1/' }).checkpoint();
    expect(status.witnesses[0]).toMatchObject({ size: 50, problem: null, warning: /no Object Lock/ as never });
    expect(notaryProblems(status)).toEqual([expect.stringContaining('http://127.0.0.1:1')]);
  });

  it('may not write into the log, nor read the secrets that are staged', async () => {
    const { servers, ...options } = natsOptions({ url: home.url, seedFile: seed });
    const nc = await connect({ servers, ...options });
    const refused: string[] = [];
    void (async () => {
      for await (const { data } of nc.status()) refused.push(JSON.stringify(data));
    })();
    nc.publish(logNames('main').commitSubject('forged'), '{}');
    nc.publish(`$O.${logNames('main').blobStaging}.C.x`, '{}');
    await vi.waitFor(() => expect(refused).toHaveLength(2));
    await nc.close();
  });

  it('has a log that is verified with its key, by the checkpoints of the home and of the bucket', async () => {
    for (const [name, value] of Object.entries(env())) vi.stubEnv(name, value);
    const keyFile = join(home.layout.home, 'notary.pub');
    const logId = readFileSync(home.layout.logId, 'utf8').trim();
    writeFileSync(keyFile, verifierKeyText(notaryKey(notaryFiles(folder).key).verifierKey(originOf(logId))));
    const { code, report } = await run({ key: keyFile, checkpoint: ['s3://locked/hecate/'] });
    expect({ code, ...report() }).toMatchObject({
      ...{ code: 0, fault: null, signatures: 'verified', messages: 50, covered: { size: 50 } },
      checkpoints: { signed: 4, notSigned: [] },
    });
    expect((await run({})).code).toBe(10);
    expect((await run({})).report()).toMatchObject({ signatures: 'no-key' });
    const other = join(home.layout.home, 'other.pub');
    writeFileSync(other, verifierKeyText(notaryKey(join(home.layout.home, 'other.key')).verifierKey(originOf(logId))));
    expect((await run({ key: other })).report()).toMatchObject({ signatures: 'not-by-this-key', fault: null });
  });

  it('does not sign a log that was cut off, and verifying names the first missing message', async () => {
    const { servers, ...options } = natsOptions({ url: home.url, seedFile: home.layout.natsSeed('admin') });
    const nc = await connect({ servers, ...options });
    const manager = await nc.jetstreamManager();
    const { config } = await manager.streams.info('HECATE');
    const kept: StoredMessage[] = [];
    const raw = await openRawLog(home.cli);
    for await (const message of raw.messages()) kept.push(message);
    await raw.close();
    await manager.streams.delete('HECATE');
    // The deleted stream may still answer for a moment.
    await new Promise((resolve) => setTimeout(resolve, 500));
    await manager.streams.add(config);
    for (const { subject, data } of kept.slice(0, 47)) await nc.jetstream().publish(subject, data);
    await nc.close();
    const status = await notary().checkpoint();
    expect(status).toMatchObject({ kind: 'lost', problem: expect.stringContaining('ends with message 47') as never });
    const { code, report } = await run({});
    expect({ code, fault: report()['fault'] }).toMatchObject({ code: 7, fault: { kind: 'truncated', sequence: 48 } });
  });
});

describe('a copy of the log in another server', () => {
  let nats: NatsServer;
  beforeAll(async () => {
    nats = await startNats();
  });
  afterAll(() => nats.stop());

  /** Stores messages as the log of an environment of their own. */
  async function stored(messages: readonly StoredMessage[], environment: string) {
    const admin = await nats.admin();
    const manager = await admin.jetstreamManager();
    const { stream, commits, outcomes } = logNames(environment);
    const prefix = commits.replace(/\.commit\.>$/, '');
    await manager.streams.add({ name: stream, subjects: [commits, outcomes], allow_direct: true });
    const gone: number[] = [];
    for (let next = 1, at = 0; at < messages.length; next++) {
      const message = messages[at] as StoredMessage;
      if (message.sequence > next) gone.push(next);
      else at += 1;
      await admin.jetstream().publish(message.subject.replace(/^hecate/, prefix), message.data);
    }
    for (const sequence of gone) await manager.streams.deleteMessage(stream, sequence);
    await admin.close();
  }

  it('is found out 50 times out of 50, by kind and place', { timeout: 300_000 }, async () => {
    const kinds = ['changed', 'dropped', 'added', 'reordered', 'truncated'] as const;
    const key = makeKey();
    for (let seed = 0; seed < 50; seed++) {
      const random = randomFrom(7_000 + seed);
      const log = makeLog(20 + Math.floor(random() * 20), random);
      const kind = kinds[seed % kinds.length] as (typeof kinds)[number];
      const disguise = disguises[seed % disguises.length] as (typeof disguises)[number];
      const done = manipulate(log, kind, { random, disguise });
      await stored(done.messages, `e${seed}`);
      const raw = await openRawLog({ url: nats.url, seedFile: null, environment: `e${seed}` });
      const { fault } = await checkLog(raw.messages(), {
        ...{ sha256, subjectOf: raw.subjectOf, changesOf: raw.changesOf, verifySignature: () => false, logId: 'a-log' },
        ...{ checkpoints: [checkpointOf(log, log.length, key)], leaves: leavesOf(log, log.length) },
      });
      await raw.close();
      expect({ seed, disguise, ...fault }).toMatchObject({ seed, kind, sequence: done.sequence });
    }
  });
});
