import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NatsConnection } from 'nats';
import { observationsOn, createObservationsStream } from '../../src/adapters/log/stores/observations.js';
import { createMemoryObservations } from '../../src/adapters/memory/observations.js';
import type { Observation } from '../../src/domain/why/observation.js';
import type { Observations } from '../../src/ports/observations.js';
import { startNats, type NatsServer } from './nats-server.js';

let nats: NatsServer;
let nc: NatsConnection;

beforeAll(async () => {
  nats = await startNats();
  nc = await nats.admin();
});
afterAll(async () => {
  await nc.close();
  nats.stop();
});

const kinds: readonly (readonly [name: string, create: () => Observations])[] = [
  ['nats', () => observationsOn(nc)],
  ['memory', () => createMemoryObservations()],
];

describe.each(kinds)('observations in %s', (_name, create) => {
  const at = (seconds: number) => new Date(Date.now() - seconds * 1_000).toISOString();

  it('are kept once, and read by time and by subject', async () => {
    const observations = create();
    const down = { at: at(30), kind: 'server-down', subject: '10.0.0.5:80', detail: 'refuses connections' } as const;
    const up = { at: at(20), kind: 'server-up', subject: '10.0.0.5:80', detail: null } as const;
    const started = { at: at(10), kind: 'started', subject: 'caddy', detail: null } as const;
    for (const one of [down, up, started, started] satisfies Observation[]) await observations.record(one);
    const now = Date.now();
    // NATS finds by the time at which something was kept, which is never before it happened.
    expect(await observations.between(now - 60_000, now)).toEqual([down, up, started]);
    expect(await observations.between(now - 60_000, now - 15_000)).toEqual([down, up]);
    expect(await observations.between(now + 60_000, now + 90_000)).toEqual([]);
    expect(await observations.last('server-down', '10.0.0.5:80')).toEqual(up);
    expect(await observations.last('started', 'caddy')).toEqual(started);
    expect(await observations.last('started', 'nats')).toBeNull();
  });
});

it('more observations than one answer holds are all read', async () => {
  const observations = observationsOn(nc);
  const since = Date.now();
  const many = Array.from({ length: 1_500 }, (_, at) => ({
    ...{ at: new Date(since).toISOString(), kind: 'started' as const, subject: `many-${at}`, detail: null },
  }));
  await Promise.all(many.map((one) => observations.record(one)));
  expect(await observations.between(since, since + 1)).toHaveLength(1_500);
}, 30_000);

it('creating the stream again keeps what was recorded', async () => {
  const observations = observationsOn(nc);
  const one = { at: new Date().toISOString(), kind: 'repaired', subject: 'caddy', detail: '2 differences' } as const;
  await observations.record(one);
  await createObservationsStream(nc);
  expect(await observations.last('repaired', 'caddy')).toEqual(one);
});
