import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { checkLog, type LogCheck, type StoredMessage } from '../../../src/domain/audit/log-check.js';
import { textOfProof } from '../../../src/domain/trust/proof.js';
import {
  bodyOf,
  checkpointOf,
  disguises,
  leavesOf,
  LOG_ID,
  makeKey,
  makeLog,
  manipulate,
  randomFrom,
  relinked,
  sha256,
  subjectOf,
  verifies,
} from './manipulate.js';

const key = makeKey();

async function* stream(messages: readonly StoredMessage[]) {
  yield* messages;
}

function check(messages: readonly StoredMessage[], more: Partial<LogCheck> = {}) {
  return checkLog(stream(messages), {
    ...{ sha256, subjectOf, logId: LOG_ID, checkpoints: [], changesOf: async () => [] },
    verifySignature: (publicKey, text, signature) =>
      verifies(Buffer.from(publicKey, 'base64url'), text, Buffer.from(signature, 'base64url')),
    ...more,
  });
}

const kinds = ['changed', 'dropped', 'added', 'reordered', 'truncated'] as const;

describe('a log that nobody touched', () => {
  test('fits its checkpoints, and says up to where they reach', async () => {
    const log = makeLog(300, randomFrom(1));
    const checkpoints = [0, 1, 2, 100, 255, 256].map((size) => checkpointOf(log, size, key));
    const { fault, messages, covered } = await check(log, { checkpoints, leaves: leavesOf(log, 256) });
    expect({ fault, messages, covered: covered?.size }).toEqual({ fault: null, messages: 300, covered: 256 });
  });

  test('is empty', async () => {
    expect(await check([])).toMatchObject({ fault: null, messages: 0, covered: null });
  });
});

describe('1,000 manipulations', { timeout: 120_000 }, () => {
  const MANIPULATIONS = Number(process.env['HECATE_MANIPULATIONS'] ?? 1000);

  test('are all found with a checkpoint and the record of leaves, at their exact place and by their kind', async () => {
    for (let seed = 0; seed < MANIPULATIONS; seed++) {
      const random = randomFrom(seed);
      const log = makeLog(10 + Math.floor(random() * 50), random);
      const kind = kinds[seed % kinds.length] as (typeof kinds)[number];
      const disguise = disguises[Math.floor(random() * disguises.length)] as (typeof disguises)[number];
      const done = manipulate(log, kind, { random, disguise });
      const known = { checkpoints: [checkpointOf(log, log.length, key)], leaves: leavesOf(log, log.length) };
      const { fault } = await check(done.messages, known);
      expect({ seed, disguise, ...fault }).toMatchObject({ seed, kind, sequence: done.sequence });
    }
  });

  test('are all found with checkpoints alone, between the last one that fits and the message that is named', async () => {
    for (let seed = 0; seed < MANIPULATIONS; seed++) {
      const random = randomFrom(seed);
      const log = makeLog(10 + Math.floor(random() * 50), random);
      const kind = kinds[seed % kinds.length] as (typeof kinds)[number];
      const disguise = disguises[Math.floor(random() * disguises.length)] as (typeof disguises)[number];
      const done = manipulate(log, kind, { random, disguise });
      const sizes = [Math.floor(log.length / 3), Math.floor(log.length / 2), log.length];
      const checkpoints = sizes.map((size) => checkpointOf(log, size, key));
      const { fault, covered } = await check(done.messages, { checkpoints });
      const [after, to] = [covered?.size ?? 0, fault?.until ?? fault?.sequence ?? 0];
      const isNamed = after < done.sequence && done.sequence <= to;
      expect({ seed, kind, disguise, at: done.sequence, after, to, isNamed }).toMatchObject({ isNamed: true });
    }
  });
});

describe('without a checkpoint', { timeout: 60_000 }, () => {
  const found = async (kind: (typeof kinds)[number], disguise: (typeof disguises)[number]) => {
    let count = 0;
    for (let seed = 0; seed < 100; seed++) {
      const random = randomFrom(seed);
      // Commits only: outcomes are not part of the chain.
      const log = relinked(
        makeLog(40, random)
          .map(bodyOf)
          .filter(({ type }) => type !== 'ended'),
      );
      const done = manipulate(log, kind, { random, disguise });
      if ((await check(done.messages)).fault !== null) count += 1;
    }
    return count;
  };

  test('the chain finds changed, dropped, added and moved commits, unless the later ones were written anew', async () => {
    for (const kind of ['changed', 'dropped', 'added', 'reordered'] as const) {
      expect({ kind, found: await found(kind, 'renumbered') }).toEqual({ kind, found: 100 });
      expect({ kind, found: await found(kind, 'relinked') }).toEqual({ kind, found: 0 });
    }
  });

  test('a truncated log is not found', async () => {
    expect(await found('truncated', 'renumbered')).toBe(0);
  });
});

describe('the end of the record of leaves', () => {
  const whole = makeLog(42, randomFrom(5));
  const known = { checkpoints: [checkpointOf(whole, 38, key)], leaves: leavesOf(whole, 38) };
  const without = (first: number, count: number) =>
    whole
      .filter(({ sequence }) => sequence < first || sequence >= first + count)
      .map((one, index) => ({ ...one, sequence: index + 1 }));

  test.each([
    [38, 1, 'message 38 is missing, and newer ones stand there'],
    [36, 3, 'the messages 36 to 38 are missing, and newer ones stand there'],
    [37, 1, 'message 37 is missing, and the later ones moved up'],
  ])('that lacks message %i and %i in all is one of which messages were dropped', async (sequence, count, detail) => {
    expect((await check(without(sequence, count), known)).fault).toEqual({ kind: 'dropped', sequence, detail });
  });

  test('with another message in the middle is changed', async () => {
    const other = makeLog(60, randomFrom(9)).at(-1) as StoredMessage;
    const log = whole.map((one) => (one.sequence === 20 ? { ...other, sequence: 20 } : one));
    expect((await check(log, known)).fault).toMatchObject({ kind: 'changed', sequence: 20 });
  });
});

describe('the proof of a commit', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const x = publicKey.export({ format: 'jwk' }).x ?? '';
  const change = (after: object | null) => ({ kind: 'Operator', name: 'ada', version: 7, before: null, after });
  const commit = (id: string, more: object) => ({
    ...{ type: 'committed', id, at: '2026-01-01T00:00:00.000Z', actor: 'hecate', reason: null },
    ...{ operation: 'route.create', workflowId: `w/${id}`, changes: [], ...more },
  });
  const proof = (id: string, operator = 'ada') => {
    const facts = { at: '2026-01-01T00:00:00.000Z', request: 'ab'.repeat(32) };
    const text = textOfProof({
      ...{ purpose: 'operation', workflowId: `w/${id}`, environment: LOG_ID, signer: operator, ...facts },
    });
    return { key: x, ...facts, signature: sign(null, Buffer.from(text), privateKey).toString('base64url') };
  };
  const made = commit('1', { changes: [change({ name: 'ada', role: 'admin', publicKey: x })] });

  test('is valid with a key that the operator has', async () => {
    const log = relinked([made, commit('2', { actor: 'ada', proof: proof('2') })]);
    expect(await check(log)).toMatchObject({ fault: null, proven: 1, commits: 2 });
  });

  test.each([
    ['is of another workflow', [made, commit('2', { actor: 'ada', proof: proof('3') })], 2],
    ['is of a key that nobody gave the operator', [commit('2', { actor: 'ada', proof: proof('2') })], 1],
    [
      'is of a key that was taken away',
      [made, commit('0', { changes: [change(null)] }), commit('2', { actor: 'ada', proof: proof('2') })],
      3,
    ],
    ['names another operator', [made, commit('2', { actor: 'bob', proof: proof('2') })], 2],
  ])('that %s is found', async (_, bodies, sequence) => {
    expect((await check(relinked(bodies))).fault).toMatchObject({ kind: 'changed', sequence });
  });
});

test('changes of a large commit that are missing are found', async () => {
  const log = relinked([
    { ...bodyOf(makeLog(1, randomFrom(1))[0] as StoredMessage), type: 'committed', changes: [], blob: 'f00' },
  ]);
  expect((await check(log, { changesOf: async () => null })).fault).toMatchObject({ kind: 'changed', sequence: 1 });
});

test('a message under the subject of another one is found', async () => {
  const log = makeLog(5, randomFrom(3));
  const moved = log.map((one, index) => (index === 2 ? { ...one, subject: 'hecate.commit.other' } : one));
  expect((await check(moved)).fault).toMatchObject({ kind: 'changed', sequence: 3 });
});
