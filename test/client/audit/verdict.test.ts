import { expect, it } from 'vitest';
import { exitCodeOfVerdict, sortCheckpoints, verdictOf, verdictText } from '../../../src/client/audit/verdict.js';
import { originOf, verifierKeyOf } from '../../../src/domain/audit/checkpoint.js';
import { checkLog } from '../../../src/domain/audit/log-check.js';
import {
  checkpointOf,
  LOG_ID,
  makeKey,
  makeLog,
  randomFrom,
  sha256,
  subjectOf,
} from '../../domain/audit/manipulate.js';

const key = makeKey();
const log = makeLog(68, randomFrom(1));
const timeOf = (sequence: number) => 1_800_000_000_000 + sequence * 1_000;
const MINUTE = 60_000;

/** Verifies a log of 68 messages, one a second, by checkpoints of these sizes, so long after its last message. */
async function verified(sizes: readonly number[], { afterMs = MINUTE, hasKey = true, messages = log } = {}) {
  const found = sizes.map((size) => ({ ...checkpointOf(log, size, key), where: 'checkpoints.jsonl' }));
  const checkpoints = sortCheckpoints(
    found,
    LOG_ID,
    hasKey ? [verifierKeyOf(sha256, originOf(LOG_ID), key.publicKey)] : [],
  );
  async function* stream() {
    yield* messages;
  }
  const checked = await checkLog(stream(), {
    ...{ sha256, subjectOf, logId: LOG_ID, changesOf: async () => [], verifySignature: () => true },
    checkpoints: hasKey ? checkpoints.signed : checkpoints.ofThis,
  });
  const nowMs = timeOf(log.length) + afterMs;
  const verdict = verdictOf({ logId: LOG_ID, checked, checkpoints, hasKey, nowMs, overdueMs: 30 * MINUTE });
  return { verdict, code: exitCodeOfVerdict(verdict), text: verdictText(verdict) };
}

it('is that the log is the one that the notary signed when a checkpoint covers all messages', async () => {
  const { code, text, verdict } = await verified([0, 40, 68], { afterMs: 1_000 * MINUTE });
  expect([code, text.at(-1)]).toEqual([0, 'the log is the one that the notary signed']);
  expect(verdict).toMatchObject({ signatures: 'verified', notCovered: null });
});

it('says exactly what a checkpoint covers', async () => {
  const { code, text, verdict } = await verified([0, 40]);
  expect([code, text.at(-1)]).toEqual([
    0,
    'the first 40 of 68 messages are those that the notary signed; the 28 newer ones are not covered until the next checkpoint',
  ]);
  expect((await verified([67])).text.at(-1)).toBe(
    'the first 67 of 68 messages are those that the notary signed; the newer one is not covered until the next checkpoint',
  );
  const since = new Date(timeOf(41)).toISOString();
  expect(verdict.notCovered).toEqual({ messages: 28, since, isOverdue: false });
});

it('takes a checkpoint of no messages for none', async () => {
  const { code, text, verdict } = await verified([0]);
  expect(code).toBe(10);
  expect(text.at(-1)).toContain('signature not verified: no checkpoint of any message was found');
  expect(text).toContain('no checkpoint covers it: changed outcomes and a cut-off end would not be seen');
  expect(verdict).toMatchObject({
    ...{ signatures: 'no-checkpoint', covered: null, notCovered: { messages: 68, isOverdue: false } },
    checkpoints: { found: 1, signed: 0, compared: 0, notSigned: [], otherLogs: 0 },
  });
});

it('names messages that the notary should have signed, and is not good then', async () => {
  const { code, text } = await verified([40], { afterMs: 31 * MINUTE });
  expect(code).toBe(10);
  expect(text).toContain(
    `problem: 28 messages are not covered by a checkpoint, since ${new Date(timeOf(41)).toISOString()}, although the notary should have signed; see why: hecate status`,
  );
  expect((await verified([0], { afterMs: 31 * MINUTE })).text.join('\n')).toContain('problem: 68 messages');
});

it('is that no signature was verified without a key', async () => {
  const { code, text } = await verified([68], { hasKey: false });
  expect([code, text.at(-1)]).toEqual([10, expect.stringContaining('no key given')]);
});

it('is the fault of a log that is not the one that was signed', async () => {
  const { code, text, verdict } = await verified([68], { messages: log.slice(0, 60), afterMs: 1_000 * MINUTE });
  expect([code, verdict.notCovered]).toEqual([7, null]);
  expect(text.at(-1)).toContain('the log is not the one that was there before');
});

it('does not say that no checkpoint covers a log when one found the fault', async () => {
  const changed = log.map((one) => (one.sequence === 10 ? { ...one, data: Buffer.concat([one.data, one.data]) } : one));
  for (const messages of [changed, log.slice(0, 20)]) {
    const { text } = await verified([33, 68], { messages });
    expect(text).toContain('none of its 2 checkpoints fits');
    expect(text.join()).not.toContain('no checkpoint covers it');
    expect((await verified([33], { messages })).text).toContain('its checkpoint does not fit');
  }
  expect((await verified([], { messages: changed })).text.join()).toContain('no checkpoint covers it');
});
