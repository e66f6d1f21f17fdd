import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLog } from '../../../src/adapters/log/create-log.js';
import { createEventLog, createLogReader } from '../../../src/adapters/log/index.js';
import { logIdAt } from '../../../src/adapters/log/log-id.js';
import { nameLog } from '../../../src/adapters/log/log-names.js';
import { all } from '../../../src/domain/log/state.js';
import { draft } from '../../builders/log.js';
import { startNats, type NatsServer } from '../../contracts/nats-server.js';

let nats: NatsServer;

beforeAll(async () => {
  nats = await startNats({ log: false });
  for (const environment of ['main', 'staging']) {
    const nc = nameLog(await nats.admin(), environment);
    await createLog(nc, { logId: `log-of-${environment}` });
    await nc.close();
  }
});
afterAll(() => nats.stop());

const at = (environment: string) => ({ url: nats.url, seedFile: null, environment });
const open = (environment: string) => createEventLog({ ...at(environment), onWarning: (text) => expect.fail(text) });

describe('two environments on one NATS', () => {
  it('have a log each, also for the same commit id, with its own outcomes and large values', async () => {
    const [main, staging] = await Promise.all([open('main'), open('staging')]);
    try {
      expect((await main.append(draft('same'), null)).kind).toBe('appended');
      expect((await staging.view()).state.head).toBeNull();
      expect((await staging.append(draft('same', { actor: 'bob' }), null)).kind).toBe('appended');
      await main.record({ id: 'same', at: '', result: 'completed', detail: null, behind: [] });
      expect(await staging.outcome('same')).toBeNull();
      const hash = await main.blobs.put('large');
      expect(await staging.blobs.get(hash)).toBeNull();
      const staged = await staging.blobStaging.put('staged');
      expect(await main.blobStaging.get(staged)).toBeNull();
      expect(await main.takenRequests.take('r', 'run-1')).toBe(true);
      expect(await staging.takenRequests.take('r', 'run-2')).toBe(true);
    } finally {
      await Promise.all([main.close(), staging.close()]);
    }
  });

  it('are read apart by commands', async () => {
    for (const [environment, actor] of [
      ['main', 'ada'],
      ['staging', 'bob'],
    ] as const) {
      // prettier-ignore
      const reader = await createLogReader(at(environment));
      const { logId, state } = await reader.view();
      await reader.close();
      expect(logId).toBe(`log-of-${environment}`);
      expect(await logIdAt(at(environment))).toBe(logId);
      expect(all(state, 'Route').map(({ createdBy }) => createdBy)).toEqual([actor]);
    }
    await expect(logIdAt(at('test'))).rejects.toMatchObject({
      kind: 'missing',
      message: expect.stringContaining('HECATE_test') as string,
    });
  });
});
