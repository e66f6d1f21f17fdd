import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readKeyFile, writeKeyFile } from '../../../src/adapters/keys/key-file.js';
import { newOperatorKey } from '../../../src/adapters/keys/operator-key.js';
import { createEventLog } from '../../../src/adapters/log/index.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import { all } from '../../../src/domain/log/state.js';
import { homeLayout } from '../../../src/stack/home-layout.js';
import { ensureFirstOperator, initOperator, type OperatorsPlace } from '../../../src/stack/operators/init-operator.js';
import { draft } from '../../builders/log.js';
import { startNats, type NatsServer } from '../../contracts/nats-server.js';

let nats: NatsServer;
let folder: string;
let place: OperatorsPlace;

beforeEach(async () => {
  nats = await startNats();
  folder = mkdtempSync(join(tmpdir(), 'hecate-operators-'));
  const location = { url: nats.url, seedFile: null };
  place = { nats: location, files: homeLayout(folder), keyFile: join(folder, 'operator.key') };
});
afterEach(() => {
  nats.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function withLog<T>(use: (log: Awaited<ReturnType<typeof createEventLog>>) => Promise<T>): Promise<T> {
  const log = await createEventLog({ ...place.nats, onWarning: () => undefined });
  try {
    return await use(log);
  } finally {
    await log.close();
  }
}

/** The operators in the log, and the number of commits without an outcome. */
function look() {
  return withLog(async (log) => {
    const { state } = await log.view();
    return { operators: all(state, 'Operator').map(({ value }) => value), open: state.open.size };
  });
}

const keyHere = () => readKeyFile(place.keyFile)?.publicKey;

describe('the first operator', () => {
  it('is an admin in the log, whose key is in the file, and is made once', async () => {
    expect(await ensureFirstOperator(place, 'anna')).toMatchObject({ name: 'anna', role: 'admin' });
    expect(await look()).toEqual({ operators: [{ name: 'anna', role: 'admin', publicKey: keyHere() }], open: 0 });
    expect(await ensureFirstOperator(place, 'bob')).toBeNull();
    expect((await look()).operators).toHaveLength(1);
  });

  it('has the key of a start that ended before its commit', async () => {
    const { privateText, publicKey } = newOperatorKey('anna');
    writeKeyFile(place.keyFile, privateText);
    await ensureFirstOperator(place, 'bob');
    expect((await look()).operators).toEqual([{ name: 'anna', role: 'admin', publicKey }]);
  });

  it('is completed by the next start after a crash before its outcome', async () => {
    const { privateText, publicKey } = newOperatorKey('anna');
    writeKeyFile(place.keyFile, privateText);
    const changes = [changeOf('Operator', 'anna', null, { name: 'anna', role: 'admin', publicKey })];
    await withLog((log) => log.append({ ...draft('x', { changes }), workflowId: 'init/operator.create/anna/x' }, null));
    expect((await look()).open).toBe(1);
    expect(await ensureFirstOperator(place, 'anna')).toBeNull();
    expect(await look()).toMatchObject({ operators: [{ name: 'anna' }], open: 0 });
  });

  it('is not made in a log that was lost and begun anew', async () => {
    const seen = { logId: 'log-1', sequence: 40, hash: 'x' };
    writeFileSync(place.files.logHead, JSON.stringify(seen));
    await expect(ensureFirstOperator(place, 'anna')).rejects.toMatchObject({ kind: 'lost' });
    expect(existsSync(place.keyFile)).toBe(false);
    expect((await look()).operators).toEqual([]);
  });
});

describe('an operator of init', () => {
  it('gets a new key, and keeps its role, when its key was lost', async () => {
    await ensureFirstOperator(place, 'anna');
    const before = keyHere();
    rmSync(place.keyFile);
    expect(await initOperator(place, { name: 'anna' })).toMatchObject({ name: 'anna', role: 'admin' });
    expect(keyHere()).not.toBe(before);
    expect(await look()).toEqual({ operators: [{ name: 'anna', role: 'admin', publicKey: keyHere() }], open: 0 });
  });

  it('does not overwrite the key of another operator', async () => {
    await ensureFirstOperator(place, 'anna');
    const before = keyHere();
    await expect(initOperator(place, { name: 'bob' })).rejects.toMatchObject({ kind: 'conflict' });
    expect(keyHere()).toBe(before);
    await initOperator({ ...place, keyFile: join(folder, 'bob.key') }, { name: 'bob', role: 'viewer' });
    expect((await look()).operators.map(({ name, role }) => [name, role])).toEqual([
      ['anna', 'admin'],
      ['bob', 'viewer'],
    ]);
  });

  it('is never the last admin who loses its role', async () => {
    await ensureFirstOperator(place, 'anna');
    await expect(initOperator(place, { name: 'anna', role: 'viewer' })).rejects.toMatchObject({ kind: 'conflict' });
    expect((await look()).operators).toMatchObject([{ role: 'admin' }]);
  });
});
