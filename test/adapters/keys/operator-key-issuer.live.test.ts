import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readKeyFile, writeKeyFile } from '../../../src/adapters/keys/key-file.js';
import { newOperatorKey, verifySignature } from '../../../src/adapters/keys/operator-key.js';
import { createOperatorKeyIssuer, ownOperatorKey } from '../../../src/adapters/keys/operator-key-issuer.js';
import { createEventLog, type WorkerLog } from '../../../src/adapters/log/event-log.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import { find } from '../../../src/domain/log/state.js';
import { keysOf, type Operator } from '../../../src/domain/resources/operator.js';
import type { Credential, Issuer } from '../../../src/ports/credentials.js';
import { draft } from '../../builders/log.js';
import { startNats, type NatsServer } from '../../contracts/nats-server.js';

const secret = { name: 'operator-ada', settings: {} };

let nats: NatsServer;
let folder: string;
let keyFile: string;
let log: WorkerLog;
let issuer: Issuer;
let editions = 0;
beforeEach(async () => {
  nats = await startNats();
  folder = mkdtempSync(join(tmpdir(), 'hecate-operator-key-'));
  keyFile = join(folder, 'operator.key');
  const { privateText, publicKey } = newOperatorKey('ada');
  writeKeyFile(keyFile, privateText);
  log = await createEventLog({ url: nats.url, seedFile: null, onWarning: () => undefined });
  await written({ name: 'ada', role: 'admin', publicKey });
  issuer = issuerWith(100);
});
afterEach(async () => {
  await log.close();
  nats.stop();
  rmSync(folder, { recursive: true, force: true });
});

const issuerWith = (lastRequestsMs: number) =>
  createOperatorKeyIssuer({
    ...{ log, keyFile, lastRequestsMs, now: () => new Date().toISOString() },
    workflowId: (name) => `rotation/${name}`,
  });

/** Writes the operator into the log, as an admin's command does. */
async function written(after: Operator): Promise<void> {
  const { state } = await log.view();
  const before = find(state, 'Operator', after.name)?.value ?? null;
  const id = `write-${++editions}`;
  await log.append(draft(id, { changes: [changeOf('Operator', after.name, before, after)] }), state.head);
  await log.record({ id, at: new Date().toISOString(), result: 'completed', detail: null, behind: [] });
}

const inLog = async (name = 'ada') => {
  const held = find((await log.view()).state, 'Operator', name)?.value;
  if (held === undefined) throw new Error('no operator');
  return held;
};
const registered = async (): Promise<Credential> => {
  const [own] = await ownOperatorKey(log, keyFile);
  if (own === undefined) throw new Error('nothing was found');
  return { edition: 'first', value: own.value, plain: own.plain };
};
const issued = async (): Promise<Credential> => {
  const edition = `edition-${++editions}`;
  return { edition, ...(await issuer.issue(secret, { edition, former: null })) };
};

it('rotates a key 20 times while requests are signed, and none is refused', async () => {
  let [signed, refused, isOver] = [0, 0, false];
  const sign = async () => {
    while (!isOver) {
      const key = readKeyFile(keyFile);
      const text = `request ${signed}`;
      const signature = key?.sign(text) ?? '';
      // A command connects before the worker checks its request.
      await sleep(5);
      const isValid = keysOf(await inLog()).some((one) => verifySignature(one, text, signature));
      if (isValid) signed++;
      else refused++;
    }
  };
  const loops = [1, 2, 3, 4].map(sign);
  let former = await registered();
  for (let turn = 0; turn < 20; turn++) {
    await issuer.preflight(secret);
    const next = await issued();
    await issuer.distribute(secret, next);
    await issuer.prove(secret, next);
    expect(await issuer.isAccepted(secret, former)).toBe(true);
    await issuer.revoke(secret, former.edition, former);
    expect(await issuer.isAccepted(secret, former)).toBe(false);
    expect(await issuer.isAccepted(secret, next)).toBe(true);
    former = next;
  }
  isOver = true;
  await Promise.all(loops);
  expect(refused).toBe(0);
  expect(signed).toBeGreaterThan(200);
  expect(statSync(keyFile).mode & 0o777).toBe(0o600);
  expect((await log.view()).state.open.size).toBe(0);
});

it('takes every step twice', async () => {
  const former = await registered();
  const next = await issued();
  for (let time = 0; time < 2; time++) await issuer.distribute(secret, next);
  for (let time = 0; time < 2; time++) await issuer.prove(secret, next);
  for (let time = 0; time < 2; time++) await issuer.revoke(secret, former.edition, former);
  expect(await inLog()).toEqual({ name: 'ada', role: 'admin', publicKey: next.value['publicKey'] });
});

it('takes a new key back', async () => {
  const former = await registered();
  const before = await inLog();
  const next = await issued();
  await issuer.distribute(secret, next);
  await issuer.takeBack?.(secret, former);
  await issuer.revoke(secret, next.edition, next);
  expect(await inLog()).toEqual(before);
  expect(await registered()).toEqual(former);
});

it('revokes every other key when Vault has none of that edition', async () => {
  const former = await registered();
  const next = await issued();
  await issuer.distribute(secret, next);
  await issuer.revoke(secret, former.edition, null);
  expect(await issuer.isAccepted(secret, former)).toBe(false);
  expect(await issuer.isAccepted(secret, next)).toBe(true);
});

it('makes no key valid where the file has no valid key of the operator', async () => {
  const before = await inLog();
  const next = await issued();
  const other = newOperatorKey('bob');
  await written({ name: 'bob', role: 'operator', publicKey: other.publicKey });
  for (const text of [newOperatorKey('ada').privateText, other.privateText]) {
    writeKeyFile(keyFile, text);
    const refused = { kind: 'conflict', details: { hint: expect.stringContaining('--name ada --new-key') as string } };
    await expect(issuer.preflight(secret)).rejects.toMatchObject(refused);
    await expect(issuer.distribute(secret, next)).rejects.toMatchObject(refused);
  }
  expect(await inLog()).toEqual(before);
  expect((await ownOperatorKey(log, keyFile)).map(({ name }) => name)).toEqual(['operator-bob']);
  rmSync(keyFile);
  await expect(issuer.preflight(secret)).rejects.toMatchObject({ kind: 'conflict' });
  expect(await ownOperatorKey(log, keyFile)).toEqual([]);
  await expect(issuer.preflight({ ...secret, name: 'operator-gone' })).rejects.toMatchObject({ kind: 'missing' });
});

it('does not bring back a key that an admin replaced meanwhile', async () => {
  const former = await registered();
  const next = await issued();
  await issuer.distribute(secret, next);
  const replaced = newOperatorKey('ada');
  await written({ name: 'ada', role: 'admin', publicKey: replaced.publicKey });
  await expect(issuer.prove(secret, next)).rejects.toMatchObject({ kind: 'conflict' });
  await issuer.takeBack?.(secret, former);
  await issuer.revoke(secret, next.edition, next);
  expect((await inLog()).publicKey).toBe(replaced.publicKey);
  expect(await issuer.isAccepted(secret, former)).toBe(false);
});

it('never revokes the key of the file, and waits for commands that have read the one before', async () => {
  const former = await registered();
  const next = await issued();
  await issuer.distribute(secret, next);
  await expect(issuer.revoke(secret, next.edition, next)).rejects.toMatchObject({ kind: 'conflict' });
  const begun = Date.now();
  await issuerWith(1_000).revoke(secret, former.edition, former);
  expect(Date.now() - begun).toBeGreaterThan(500);
});
