import { readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { hostname } from 'node:os';
import { connect, nkeyAuthenticator } from 'nats';
import { rotatedSeals } from '../../../src/adapters/keys/rotated-seals.js';
import { createSeals } from '../../../src/adapters/keys/worker-seals.js';
import { writePrivate } from '../../../src/adapters/files/private-files.js';
import { createLogReader } from '../../../src/adapters/log/log-reader.js';
import type { WorkerLog } from '../../../src/adapters/log/event-log.js';
import type { ConsumerUse, Credential, Issuer } from '../../../src/ports/credentials.js';
import { reloadNats, writeAcceptedKeys } from '../../../src/stack/components/nats-keys.js';
import { natsOfHome } from '../../../src/worker/systems/nats-of-home.js';
import { startHome, type NatsHome } from './home.js';

const worker = { name: 'nats-worker', settings: {} };
const cli = { name: 'nats-cli', settings: {} };

let home: NatsHome;
let log: WorkerLog;
let issuer: Issuer;
let editions = 0;
beforeEach(async () => {
  home = await startHome();
  log = await home.openLog();
  issuer = home.issuer(log);
});
afterEach(() => home.stop());

const inFile = (secret: typeof worker): Credential => ({
  edition: 'first',
  value: { seed: readFileSync(home.layout.natsSeed(secret === cli ? 'cli' : 'worker'), 'utf8').trim() },
  plain: null,
});
const issued = async (secret: typeof worker, former: Credential): Promise<Credential> => {
  const edition = `edition-${++editions}`;
  return { edition, ...(await issuer.issue(secret, { edition, former })) };
};
const namesOf = (uses: readonly ConsumerUse[]) => uses.map(({ name }) => name);
const mine = () => `worker ${hostname()}/${process.pid}`;
/** A whole rotation without grace. Returns the new credential. */
const rotated = async (secret: typeof worker, former: Credential): Promise<Credential> => {
  await issuer.preflight(secret);
  const next = await issued(secret, former);
  await issuer.distribute(secret, next);
  await issuer.prove(secret, next);
  await issuer.revoke(secret, former.edition, former);
  expect(await issuer.isAccepted(secret, former)).toBe(false);
  return next;
};

it('rotates both users 20 times under steady use, and no use fails', { timeout: 120_000 }, async () => {
  const failed: string[] = [];
  let [uses, isOver] = [0, false];
  const again = async (what: string, use: () => Promise<unknown>) => {
    while (!isOver) {
      await use().then(() => uses++, (error: unknown) => failed.push(`${what}: ${String(error)} ${String((error as Error).cause)}`)); // prettier-ignore
      await sleep(2);
    }
  };
  const held = await createLogReader(home.cli);
  let number = 0;
  const append = async () => {
    const id = `use-${++number}`;
    const { state } = await log.view();
    const draft = { id, at: new Date().toISOString(), actor: 'a', reason: 'r', operation: 'o', workflowId: 'w' };
    await log.append({ ...draft, changes: [] }, state.head);
    await log.record({ id, at: draft.at, result: 'completed', detail: null, behind: [] });
  };
  const loops = [
    again('append', append),
    ...[1, 2].map(() => again('worker', () => log.view())),
    again('take', () => log.takenRequests.take(`take-${++number}`, 'run')),
    again('held', () => held.view()),
    again('staging', () => log.blobStaging.put(`text ${++number}`)),
    again('new', async () => {
      const reader = await createLogReader(home.cli);
      await reader.view();
      await reader.close();
    }),
  ];
  let [inWorker, inCli] = [inFile(worker), inFile(cli)];
  const started = Date.now();
  for (let turn = 0; turn < 20; turn++) {
    inWorker = await rotated(worker, inWorker);
    inCli = await rotated(cli, inCli);
  }
  const seconds = (Date.now() - started) / 1_000;
  isOver = true;
  await Promise.all(loops);
  await held.close();
  expect(failed).toEqual([]);
  expect(uses / seconds).toBeGreaterThan(50);
  expect(statSync(home.layout.natsSeed('worker')).mode & 0o777).toBe(0o600);
});

it('goes on after a kill of the server at each step, and accepts the same keys at its next start', async () => {
  const former = inFile(worker);
  const next = await issued(worker, former);
  home.kill();
  await expect(issuer.preflight(worker)).rejects.toMatchObject({ kind: 'unavailable' });
  // The server starts with the configuration that was written meanwhile.
  setTimeout(home.start, 1_500);
  await issuer.distribute(worker, next);
  home.kill();
  home.start();
  await expect.poll(() => issuer.isAccepted(worker, former).catch(() => null)).toBe(true);
  expect(await issuer.isAccepted(worker, next)).toBe(true);
  await expect.poll(() => issuer.prove(worker, next).then(namesOf, () => null)).toEqual([mine()]);
  home.kill();
  setTimeout(home.start, 1_500);
  await issuer.revoke(worker, former.edition, former);
  home.kill();
  home.start();
  await expect.poll(() => issuer.isAccepted(worker, next).catch(() => null)).toBe(true);
  expect(await issuer.isAccepted(worker, former)).toBe(false);
  await expect.poll(() => log.view().then(({ logId }) => typeof logId, () => null)).toBe('string'); // prettier-ignore
});

it('takes every step twice, and a new worker goes on after one that was killed', async () => {
  const former = inFile(worker);
  const next = await issued(worker, former);
  await issuer.distribute(worker, next);
  const other = home.issuer(await home.openLog());
  for (const one of [issuer, other]) {
    await one.distribute(worker, next);
    expect(namesOf(await one.prove(worker, next))).toEqual([mine()]);
  }
  for (const one of [issuer, other]) await one.revoke(worker, former.edition, former);
  expect(await issuer.isAccepted(worker, former)).toBe(false);
  expect(await issuer.isAccepted(worker, next)).toBe(true);
});

it('takes a new key back', async () => {
  const former = inFile(worker);
  const next = await issued(worker, former);
  await issuer.distribute(worker, next);
  await issuer.takeBack?.(worker, former);
  await issuer.revoke(worker, next.edition, next);
  expect(inFile(worker).value).toEqual(former.value);
  expect(await issuer.isAccepted(worker, next)).toBe(false);
  expect(await issuer.isAccepted(worker, former)).toBe(true);
  await log.view();
});

it('never revokes the key of the seed file, which would lock its users out', async () => {
  const former = inFile(worker);
  await expect(issuer.revoke(worker, former.edition, former)).rejects.toMatchObject({ kind: 'conflict' });
  expect(await issuer.isAccepted(worker, former)).toBe(true);
});

it('revokes by edition what Vault has no more, and removes other keys', async () => {
  const former = inFile(cli);
  const lost = await issued(cli, former);
  await issuer.distribute(cli, lost);
  const next = await issued(cli, lost);
  await issuer.distribute(cli, next);
  await issuer.revoke(cli, lost.edition, null);
  expect(await issuer.isAccepted(cli, lost)).toBe(false);
  const third = await issued(cli, next);
  await issuer.distribute(cli, third);
  expect(await issuer.removeOthers?.(cli, [third])).toBe(1);
  await expect.poll(() => issuer.isAccepted(cli, next)).toBe(false);
});

it('names a consumer that still uses the old key', async () => {
  const former = inFile(worker);
  const seed = String(former.value['seed']);
  const nc = await connect({ servers: home.url, authenticator: nkeyAuthenticator(Buffer.from(seed)), name: 'worker far/1' }); // prettier-ignore
  const next = await issued(worker, former);
  await issuer.distribute(worker, next);
  await expect(issuer.prove(worker, next)).rejects.toMatchObject({
    kind: 'unavailable',
    message: expect.stringContaining('worker far/1') as unknown,
  });
  await nc.close();
  await issuer.prove(worker, next);
});

it('keeps what workers sealed before, for an hour after the old seed is revoked', async () => {
  const seals = () => createSeals(home.seals.secrets, 'main');
  const before = seals().seal('text');
  const former = inFile(worker);
  const next = await issued(worker, former);
  await issuer.distribute(worker, next);
  expect(seals().seal('text')).toBe(before);
  await issuer.revoke(worker, former.edition, former);
  expect(seals().holds('text', before)).toBe(true);
  expect(seals().seal('text')).not.toBe(before);
  const later = rotatedSeals(home.layout.workerSeals, '', () => Date.now() + 3_700_000);
  expect(createSeals(later.secrets, 'main').holds('text', before)).toBe(false);
  expect(createSeals(later.secrets, 'main').holds('text', seals().seal('text'))).toBe(true);
});

it('takes up a seed that a person wrote', async () => {
  const next = await issued(cli, inFile(cli));
  const held = await createLogReader(home.cli);
  writeAcceptedKeys(home.layout, 'cli', [{ publicKey: String(next.value['publicKey']), edition: null }]);
  reloadNats(home.settings);
  writePrivate(home.layout.natsSeed('cli'), `${String(next.value['seed'])}\n`);
  await expect.poll(() => issuer.prove(cli, { ...next, edition: 'brought' }).then(() => true, () => false)).toBe(true); // prettier-ignore
  await held.view();
  await held.close();
});

it('names the way out for a NATS that the stack does not run', () => {
  const { nats, ...rest } = home.connections;
  const elsewhere = { ...rest, nats: { ...nats, url: 'nats://user:word@other:4222,nats://third' } };
  const why = natsOfHome(elsewhere, { log, seals: null });
  expect(why).toContain('nats://other:4222,nats://third stand in a configuration that Hecate does not own');
  expect(why).not.toContain('word');
});
