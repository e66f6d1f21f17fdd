import { headers } from 'nats';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEventLog, createLogReader } from '../../../src/adapters/log/index.js';
import { CHANGE_VERSION, type Change } from '../../../src/domain/log/commit.js';
import { FOLD_VERSION } from '../../../src/domain/log/state.js';
import { draft } from '../../builders/log.js';
import { startNats, type NatsServer } from '../../contracts/nats-server.js';

let nats: NatsServer;
let log: Awaited<ReturnType<typeof createEventLog>>;

beforeEach(async () => {
  nats = await startNats();
  log = await createEventLog({ url: nats.url, seedFile: null, onWarning: () => undefined });
});
afterEach(async () => {
  await log.close();
  nats.stop();
});

async function append(count: number, reason: string | null = null): Promise<void> {
  for (let i = 0; i < count; i++) {
    const { state } = await log.view();
    expect((await log.append(draft(`c${i}`, { reason }), state.head)).kind).toBe('appended');
  }
}

async function freshHead(): Promise<number | undefined> {
  const reader = await createLogReader({ url: nats.url, seedFile: null });
  try {
    return (await reader.view()).state.head?.sequence;
  } finally {
    await reader.close();
  }
}

describe('the log on JetStream', () => {
  it('is read to its end although the server ends a batch at 64 MB', async () => {
    await append(90, 'x'.repeat(800_000));
    expect(await freshHead()).toBe(90);
    let entries = 0;
    for await (const entry of log.entries()) entries += entry.position.sequence > 0 ? 1 : 0;
    expect(entries).toBe(90);
  });

  it('does not take an outcome that the stream refused', async () => {
    await append(1);
    const waiting = log.waitForOutcome('c0', 1_000);
    const admin = await nats.admin();
    const refused = headers();
    refused.set('Nats-Expected-Last-Sequence', '77');
    admin.publish('hecate.outcome.c0', JSON.stringify({ type: 'ended', id: 'c0', result: 'completed' }), {
      headers: refused,
    });
    expect(await waiting).toBeNull();
    await admin.close();
  });

  it('is read past a snapshot that is damaged', async () => {
    await append(3);
    const admin = await nats.admin();
    const bucket = await admin.jetstream().views.os('hecate-snapshots');
    await bucket.putBlob({ name: `log-1.${FOLD_VERSION}.${CHANGE_VERSION}` }, Buffer.from('{not json'));
    await admin.close();
    expect(await freshHead()).toBe(3);
  });

  it.each([1, 2_000])(
    'is not read on where a newer version of Hecate wrote %i changes, nor by a snapshot past that',
    async (count) => {
      await append(1);
      const newer = { ...draft('newer').changes[0], version: CHANGE_VERSION + 1 } as Change;
      const padded = Array.from({ length: count }, (_, i) => ({ ...newer, name: `${'x'.repeat(400)}-${i}` }));
      const { state } = await log.view();
      await log.append(draft('newer', { changes: count === 1 ? [newer] : padded }), state.head);
      const expected = {
        kind: 'lost',
        message: expect.stringContaining('a newer version of Hecate wrote commit 2') as string,
      };
      await expect(log.view()).rejects.toMatchObject(expected);
      await expect(freshHead()).rejects.toMatchObject({
        ...expected,
        details: { hint: expect.stringMatching(/^Upgrade/) as string },
      });
    },
  );

  it('is read past a snapshot of another schema', async () => {
    await append(3);
    const admin = await nats.admin();
    const bucket = await admin.jetstream().views.os('hecate-snapshots');
    const older = { logId: 'log-1', foldVersion: FOLD_VERSION, changeVersion: CHANGE_VERSION - 1 };
    const wrong = { ...older, position: { sequence: 1, hash: 'x' }, head: null, at: null, resources: [], open: [] };
    await bucket.putBlob({ name: `log-1.${FOLD_VERSION}.${CHANGE_VERSION}` }, Buffer.from(JSON.stringify(wrong)));
    await admin.close();
    expect(await freshHead()).toBe(3);
  });

  it('says which message cannot be read', async () => {
    const admin = await nats.admin();
    await admin.jetstream().publish('hecate.commit.bad', 'null');
    await admin.close();
    await expect(log.view()).rejects.toMatchObject({
      kind: 'conflict',
      message: expect.stringContaining('message 1') as string,
    });
  });

  it('fails within five seconds while the server is silent, however many ask', async () => {
    await append(1);
    await nats.freeze();
    const started = Date.now();
    const views = await Promise.allSettled([log.view(), log.view()]);
    nats.resume();
    expect(views.map((view) => view.status)).toEqual(['rejected', 'rejected']);
    expect(Date.now() - started).toBeLessThan(5_500);
  });
});
