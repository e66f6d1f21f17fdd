import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createEventLog, createLogReader } from '../../src/adapters/log/index.js';
import { all } from '../../src/domain/log/state.js';
import { draft, route, routeChange } from '../builders/log.js';
import { freePort, startNats, type NatsServer } from './nats-server.js';

let nats: NatsServer;
let log: Awaited<ReturnType<typeof createEventLog>>;

beforeAll(async () => {
  nats = await startNats();
  log = await open();
});
afterAll(async () => {
  await log.close();
  nats.stop();
});

const open = () =>
  createEventLog({ url: nats.url, seedFile: null, snapshotEvery: 100, onWarning: (text) => expect.fail(text) });

/** Appends as an activity does: looks again each time somebody was first. */
async function append(id: string, at?: string) {
  for (;;) {
    const { state } = await log.view();
    const result = await log.append(draft(id, at === undefined ? {} : { at }), state.head);
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

  it('is read backwards as well, whole and in the opposite order', async () => {
    const forwards = [];
    for await (const { position } of log.entries()) forwards.push(position);
    const backwards = [];
    for await (const { position } of log.entriesBackwards()) backwards.push(position);
    // More than the first batch.
    expect(forwards.length).toBeGreaterThan(64);
    expect(backwards).toEqual(forwards.toReversed());
  });

  it('keeps a commit that is larger than a message, and tells it whole', async () => {
    const names = Array.from({ length: 12_000 }, (_, i) => `large${i}.example.com`);
    const changes = names.map((name) => routeChange(null, route(name)));
    const { state } = await log.view();
    expect((await log.append(draft('large', { changes }), state.head)).kind).toBe('appended');
    expect((await log.view()).state.resources.has('Route/large11999.example.com')).toBe(true);
    const found = await log.find('large');
    expect(found?.message.type === 'committed' && found.message.changes).toEqual(changes);
    const reader = await createLogReader({ url: nats.url, seedFile: null });
    expect((await reader.view()).state.resources.size).toBe((await log.view()).state.resources.size);
    await reader.close();
    expect(await append('after-large')).toMatchObject({ kind: 'appended' });
  });

  it('is opened again from a snapshot soon after a large commit', async () => {
    const server = await startNats();
    onTestFinished(() => server.stop());
    const onWarning = (text: string) => expect.fail(text);
    const writer = await createEventLog({ url: server.url, seedFile: null, onWarning });
    const changes = Array.from({ length: 12_000 }, (_, n) => routeChange(null, route(`r${n}.example.com`)));
    await writer.append(draft('large', { changes }), null);
    await writer.view();
    await writer.close();
    const second = await createEventLog({ url: server.url, seedFile: null, onWarning });
    expect((await second.view()).state.resources.size).toBe(12_000);
    expect(second.messagesRead()).toBe(0);
    await second.close();
  });

  it('is read from its start over many large commits, a few at a time', async () => {
    const server = await startNats();
    onTestFinished(() => server.stop());
    const writer = await createEventLog({
      ...{ url: server.url, seedFile: null },
      ...{ snapshotEvery: 1_000_000, onWarning: (text: string) => expect.fail(text) },
    });
    for (let i = 0; i < 30; i++) {
      const changes = Array.from({ length: 2_000 }, (_, n) => routeChange(null, route(`r${n}.example.com`)));
      const { state } = await writer.view();
      expect((await writer.append(draft(`many${i}`, { changes }), state.head)).kind).toBe('appended');
    }
    const reader = await createLogReader({ url: server.url, seedFile: null });
    const { state } = await reader.view();
    expect(state.resources.size).toBe(2_000);
    expect(state).toEqual((await writer.view()).state);
    await Promise.all([reader.close(), writer.close()]);
  });

  it('is unavailable, and says where, when the server is not there', async () => {
    const port = await freePort();
    await expect(createLogReader({ url: `nats://127.0.0.1:${port}`, seedFile: null })).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining(String(port)) as string,
    });
  });
});
