import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'nats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLog } from '../../src/adapters/log/create-log.js';
import { createEventLog, createLogReader } from '../../src/adapters/log/index.js';
import type { CommitDraft } from '../../src/domain/commit.js';
import { all } from '../../src/domain/state.js';
import { ensureServer } from '../../src/stack/servers/ensure-server.js';
import { route, routeChange } from '../builders/log.js';

let server: ChildProcess;
let folder: string;
let url: string;
let log: Awaited<ReturnType<typeof createEventLog>>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hecate-log-'));
  const [program, port] = await Promise.all([ensureServer('nats-server', process.env), freePort()]);
  server = spawn(program, ['-js', '-sd', folder, '-a', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  url = `nats://127.0.0.1:${port}`;
  const admin = await connect({ servers: url, waitOnFirstConnect: true, reconnectTimeWait: 50 });
  await createLog(admin, { logId: 'log-1' });
  await admin.close();
  log = await open();
});
afterAll(async () => {
  await log.close();
  server.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const open = () => createEventLog({ url, seedFile: null, snapshotEvery: 100, onWarning: (text) => expect.fail(text) });

function draft(id: string, at = '2026-01-01T00:00:00.000Z'): CommitDraft {
  const changes = [routeChange(null, route(`${id.toLowerCase()}.example.com`))];
  return { id, at, actor: 'ada', reason: null, operation: 'route.create', workflowId: `w/${id}`, changes };
}

/** Appends as an activity does: looks again each time somebody was first. */
async function append(id: string, at?: string) {
  for (;;) {
    const { state } = await log.view();
    const result = await log.append(draft(id, at), state.head);
    if (result.kind !== 'moved') return result;
  }
}

describe('the log', () => {
  it('takes a commit and folds it into the view', async () => {
    expect((await append('a1')).kind).toBe('appended');
    expect(all((await log.view()).state, 'Route').map((held) => held.name)).toContain('a1.example.com');
  });

  it('answers moved when somebody else was first', async () => {
    const { state } = await log.view();
    await append('b1');
    expect(await log.append(draft('b2'), state.head)).toEqual({ kind: 'moved' });
  });

  it('takes an id once, however late', async () => {
    const first = await append('c1');
    await append('c2');
    expect(await append('c1')).toMatchObject({
      kind: 'present',
      position: first.kind === 'appended' ? first.position : null,
    });
  });

  it('is not moved by outcomes', async () => {
    const { state } = await log.view();
    await log.record({ id: 'a1', at: '2026-01-01T00:00:00.000Z', result: 'completed', detail: null, behind: [] });
    expect((await log.append(draft('d1'), state.head)).kind).toBe('appended');
  });

  it('keeps the first outcome', async () => {
    await log.record({ id: 'd1', at: '2026-01-01T00:00:00.000Z', result: 'completed', detail: null, behind: [] });
    await log.record({ id: 'd1', at: '2026-01-01T00:00:00.000Z', result: 'undone', detail: null, behind: [] });
    expect(await log.outcome('d1')).toMatchObject({ result: 'completed' });
  });

  it('fences an aborted id', async () => {
    await log.abort('never', '2026-01-01T00:00:00.000Z');
    expect(await append('never')).toMatchObject({ kind: 'present', message: { type: 'aborted' } });
  });

  it('finds undo ids too', async () => {
    await append('undo:a1');
    expect((await log.find('undo:a1'))?.message.id).toBe('undo:a1');
    expect(await log.find('undo:zz')).toBeNull();
  });

  it('never runs backwards in time', async () => {
    await append('e1', '2026-06-01T00:00:00.000Z');
    await append('e2', '2026-05-01T00:00:00.000Z');
    expect((await log.find('e2'))?.message.at).toBe('2026-06-01T00:00:00.000Z');
  });

  it('waits for an outcome and gives up in time', async () => {
    await append('f1');
    expect(await log.waitForOutcome('f1', 50)).toBeNull();
    const waiting = log.waitForOutcome('f1', 5_000);
    await log.record({ id: 'f1', at: '2026-06-01T00:00:00.000Z', result: 'undone', detail: null, behind: [] });
    expect(await waiting).toMatchObject({ result: 'undone' });
  });

  it('loses none of fifty appends at once, and chains them', async () => {
    await Promise.all(Array.from({ length: 50 }, (_, i) => append(`par${i}`)));
    const names = all((await log.view()).state, 'Route').map((held) => held.name);
    expect(names.filter((name) => name.startsWith('par'))).toHaveLength(50);
    let previous: string | undefined;
    for await (const { position, message } of log.entries()) {
      if (message.type === 'ended') continue;
      expect(message.previous?.hash).toBe(previous);
      previous = position.hash;
    }
  });

  it('is opened again from its snapshot and the tail after it', async () => {
    for (let i = 0; i < 260; i++) await append(`snap${i}`);
    await log.view();
    const total = (await log.view()).state.head?.sequence ?? 0;
    for (const deadline = Date.now() + 10_000; ;) {
      const second = await open();
      const { state } = await second.view();
      const read = second.messagesRead();
      await second.close();
      expect(state.resources.size).toBe((await log.view()).state.resources.size);
      if (read < 150 && read < total) break;
      if (Date.now() > deadline) expect.fail(`read ${read} of ${total} messages`);
    }
  });

  it('is unavailable, and says where, when the server is not there', async () => {
    const port = await freePort();
    await expect(createLogReader({ url: `nats://127.0.0.1:${port}`, seedFile: null })).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining(String(port)) as string,
    });
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
