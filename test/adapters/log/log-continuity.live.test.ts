import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEventLog, createLogReader, withContinuityCheck } from '../../../src/adapters/log/index.js';
import { checkContinuity, refuseOtherLog, type ContinuityFiles } from '../../../src/adapters/log/log-continuity.js';
import type { EventLog } from '../../../src/ports/event-log.js';
import { draft } from '../../builders/log.js';
import { startNats, type NatsServer } from '../../contracts/nats-server.js';

const home = mkdtempSync(join(tmpdir(), 'hecate-witness-'));
const files: ContinuityFiles = { logId: join(home, 'log-id'), logHead: join(home, 'log-head') };
/** Logs of one id: the one that was used, an older state of it, one that went another way, and none at all. */
let servers: Record<'ours' | 'older' | 'other' | 'none', NatsServer>;

beforeAll(async () => {
  const [ours, older, other, none] = [
    await startNats(),
    await startNats(),
    await startNats(),
    await startNats({ log: false }),
  ];
  servers = { ours, older, other, none };
  writeFileSync(files.logId, 'log-1\n');
  await append(servers.older, ['a'], null);
  await append(servers.other, ['a', 'b', 'c', 'd', 'e'], 'another way');
});
afterAll(() => {
  for (const server of Object.values(servers)) server.stop();
  rmSync(home, { recursive: true, force: true });
});

const open = (server: NatsServer) => createEventLog({ url: server.url, seedFile: null, onWarning: () => undefined });
const remembering = async (server: NatsServer) => withContinuityCheck(await open(server), files, () => undefined);

async function append(
  server: NatsServer,
  ids: readonly string[],
  reason: string | null,
  given?: EventLog,
): Promise<void> {
  const log = given ?? (await open(server));
  for (const id of ids) await log.append(draft(id, { reason }), (await log.view()).state.head);
  await log.view();
  await log.close();
}

/** What a worker and a command say of this log in our home. */
async function looked(server: NatsServer): Promise<unknown[]> {
  const log = await remembering(server);
  const reader = await createLogReader({ url: server.url, seedFile: null });
  const answers = await Promise.allSettled([log.view(), checkContinuity(reader, files)]);
  await Promise.all([log.close(), reader.close()]);
  return answers.map((answer) => (answer.status === 'fulfilled' ? 'good' : (answer.reason as { kind: unknown }).kind));
}

describe('a home that has seen a log', () => {
  it('remembers its newest commit when the worker ends', async () => {
    await append(servers.ours, ['a', 'b'], null, await remembering(servers.ours));
    expect(existsSync(files.logHead)).toBe(true);
    expect(await looked(servers.ours)).toEqual(['good', 'good']);
  });

  it('goes on with that log when others wrote to it meanwhile', async () => {
    await append(servers.ours, ['c', 'd'], null);
    expect(await looked(servers.ours)).toEqual(['good', 'good']);
  });

  it.each(['older', 'other', 'none'] as const)('takes no other log for it: %s', async (which) => {
    expect(await looked(servers[which])).toEqual(['lost', 'lost']);
  });
});

describe('a home whose log-id is another one', () => {
  it('gets the id of the log that its worker follows', async () => {
    writeFileSync(files.logId, 'log-0\n');
    expect(await looked(servers.ours)).toEqual(['good', 'good']);
    expect(readFileSync(files.logId, 'utf8')).toBe('log-1\n');
  });

  it('takes no log where no newest commit is recorded, and names the way out', async () => {
    writeFileSync(files.logId, 'log-0\n');
    rmSync(files.logHead);
    expect(await looked(servers.ours)).toEqual(['lost', 'lost']);
    expect(() => refuseOtherLog('log-1', files, 'nats')).toThrow(
      'nats has log log-1, but this home belongs to log log-0',
    );
    rmSync(files.logId);
    refuseOtherLog('log-1', files, 'nats');
    expect(await looked(servers.ours)).toEqual(['good', 'good']);
  });
});

describe('a worker that runs while its log is replaced', () => {
  it('takes the present log once a person removes the record, without a restart', async () => {
    const [ours, older] = [await open(servers.ours), await open(servers.older)];
    let present = ours;
    const said: string[] = [];
    const log = withContinuityCheck({ ...ours, view: () => present.view() }, files, (line) => void said.push(line));
    await log.view();
    present = older;
    await expect(log.view()).rejects.toMatchObject({
      kind: 'lost',
      details: { hint: expect.stringContaining('rm -f') as string },
    });
    writeFileSync(files.logId, 'log-0\n');
    rmSync(files.logHead);
    await expect(log.view()).rejects.toMatchObject({ kind: 'lost' });
    rmSync(files.logId);
    expect((await log.view()).state.head?.sequence).toBe(1);
    expect(said).toEqual([expect.stringMatching(/log-head was removed, .*it ends at commit 1, but had commit 4/)]);
    await older.append(draft('b'), (await older.view()).state.head);
    expect((await log.view()).state.head?.sequence).toBe(2);
    await Promise.all([log.close(), older.close()]);
  });
});
