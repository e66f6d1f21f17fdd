import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { notaryFiles } from '../../src/adapters/audit/notary-record.js';
import { notaryKey } from '../../src/adapters/audit/notary-key.js';
import type { StoredMessage } from '../../src/domain/audit/log-check.js';
import { createNotary } from '../../src/notary/notary.js';
import { LOG_ID, makeLog, randomFrom } from '../domain/audit/manipulate.js';

const folder = mkdtempSync(join(tmpdir(), 'hecate-notary-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('says where a log ends that was cut off after it was signed, and again at the next attempt', async () => {
  const whole = makeLog(38, randomFrom(1));
  let held: readonly StoredMessage[] = whole;
  const openLog = async () => ({
    logId: async () => LOG_ID,
    async *messages(from = 1) {
      yield* held.filter(({ sequence }) => sequence >= from);
    },
    close: async () => undefined,
  });
  const key = notaryKey(notaryFiles(folder).key);
  const notary = createNotary({ openLog, folder, key, witnesses: [], now: () => new Date().toISOString() });
  expect(await notary.checkpoint()).toMatchObject({ problem: null, checkpoint: { size: 38 } });
  held = whole.slice(0, 30);
  const cut = 'it ends with message 30, but had 38 messages before';
  expect((await notary.checkpoint()).problem).toContain(cut);
  held = whole.slice(0, 20);
  expect((await notary.checkpoint()).problem).toContain('it ends with message 20, but had 38 messages before');
  held = whole;
  expect((await notary.checkpoint()).problem).toBeNull();
});
