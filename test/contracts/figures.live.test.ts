import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NatsConnection } from 'nats';
import { createFigureReader, createFiguresStreams, figuresOn } from '../../src/adapters/log/stores/figures.js';
import { createMemoryFigures } from '../../src/adapters/memory/figures.js';
import { sumFigures } from '../../src/activities/traffic/sum-figures.js';
import { countingFigures, type FigureLevel, type Slot } from '../../src/domain/traffic/figures.js';
import type { FigureReader, Figures, FiguresPart } from '../../src/ports/figures.js';
import { accessEntry } from '../builders/traffic.js';
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

/** A whole hour that is not long ago, so that nothing in it expired. */
const HOUR = 3_600_000;
const START = Math.floor(Date.now() / HOUR) * HOUR - 2 * HOUR;
const CURSOR = { after: '', head: 'x', inode: 1, offset: 0 };

function slotAt(startMs: number, requests: number, proxy: string, paths = 1): Slot {
  const counting = countingFigures();
  for (let i = 0; i < requests; i++) counting.add(accessEntry({ endedMs: startMs, path: `/${i % paths}` }));
  return { level: '10s', startMs, proxy, routes: { 'app.example.com': counting.figures() } };
}

function partOf(proxy: string, offset: number, slots: readonly Slot[]): FiguresPart {
  const rows = slots.flatMap(({ startMs, routes }) =>
    Object.entries(routes).map(([domain, figures]) => ({ startMs, domain, figures })),
  );
  const starts = slots.map(({ startMs }) => startMs);
  return { proxy, cursor: { ...CURSOR, offset }, source: null, starts, rows };
}

async function requestsIn(figures: FigureReader, level: FigureLevel, fromMs: number, toMs: number) {
  const counts = new Map<number, number>();
  for await (const { startMs, routes } of figures.slots(level, fromMs, toMs)) {
    counts.set(startMs - START, (counts.get(startMs - START) ?? 0) + (routes['app.example.com']?.requests ?? 0));
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => a - b));
}

const kinds: readonly (readonly [name: string, proxy: string, create: () => Figures])[] = [
  ['nats', 'caddy-1', () => figuresOn(nc)],
  ['memory', 'caddy-1', () => createMemoryFigures()],
];

describe.each(kinds)('figures in %s', (_name, proxy, create) => {
  it('are stored only after the part that their writer knows, and read by time at each level', async () => {
    const figures = create();
    expect(await figures.newest('10s', proxy)).toBeNull();
    const first = await figures.append('10s', partOf(proxy, 10, [slotAt(START, 3, proxy)]), 0);
    expect(await figures.append('10s', partOf(proxy, 11, [slotAt(START, 9, proxy)]), 0)).toBe('moved');
    const straggler = partOf(proxy, 20, [slotAt(START, 1, proxy), slotAt(START + 10_000, 2, proxy)]);
    const second = await figures.append('10s', straggler, Number(first));
    await figures.append('10s', partOf(proxy, 30, [slotAt(START + 70_000, 4, proxy)]), Number(second));
    expect(await figures.newest('10s', proxy)).toMatchObject({ cursor: { offset: 30 }, source: null });
    expect(await requestsIn(figures, '10s', START, START + HOUR)).toEqual({ 0: 4, 10_000: 2, 70_000: 4 });
    expect(await requestsIn(figures, '10s', START, START + 10_000)).toEqual({ 0: 4 });
    expect(await requestsIn(figures, '1m', START, START + HOUR)).toEqual({ 0: 6, 60_000: 4 });
    expect(await sumFigures(figures, proxy, '1m', START + 60_000)).toBe(1);
    expect(await requestsIn(figures, '1m', START, START + HOUR)).toEqual({ 0: 6, 60_000: 4 });
    expect(await sumFigures(figures, proxy, '1m', START + HOUR)).toBe(1);
    expect(await sumFigures(figures, proxy, '1m', START + HOUR)).toBe(0);
    expect(await sumFigures(figures, proxy, '1h', START + 2 * HOUR)).toBe(1);
    const { sequence } = (await figures.newest('10s', proxy)) ?? { sequence: 0 };
    await figures.append('10s', partOf(proxy, 40, [slotAt(START + 80_000, 5, proxy)]), sequence);
    expect(await requestsIn(figures, '1m', START, START + HOUR)).toEqual({ 0: 6, 60_000: 9 });
    expect(await requestsIn(figures, '1h', START, START + HOUR)).toEqual({ 0: 15 });
    expect(await requestsIn(figures, '1h', START + HOUR, START + 2 * HOUR)).toEqual({});
    expect((await figures.size()).map(({ level }) => level)).toEqual(['10s', '1m', '1h']);
  });
});

it('commands read the figures of every proxy', async () => {
  const figures = figuresOn(nc);
  await figures.append('10s', partOf('caddy-2', 1, [slotAt(START + HOUR, 7, 'caddy-2')]), 0);
  const reader = await createFigureReader({ url: nats.url, seedFile: null });
  expect(await requestsIn(reader, '10s', START + HOUR, START + 2 * HOUR)).toEqual({ [HOUR]: 7 });
  await reader.close();
});

it('more parts than one answer holds are all read', async () => {
  const figures = figuresOn(nc);
  let last = 0;
  for (let i = 0; i < 250; i++) last = Number(await figures.append('10s', partOf('many', i, [slotAt(START, 1, 'many')]), last)); // prettier-ignore
  const parts = [];
  for await (const { cursor } of figures.parts('10s', 'many', 0)) parts.push(cursor.offset);
  expect(parts).toEqual(Array.from({ length: 250 }, (_, i) => i));
});

it('creating the streams again keeps what was stored', async () => {
  await createFiguresStreams(nc);
  expect(await figuresOn(nc).newest('10s', 'many')).not.toBeNull();
});

it('a server without the streams says that there are no figures', async () => {
  const bare = await startNats({ log: false });
  const connection = await bare.admin();
  const message = expect.stringContaining('no traffic figures') as string;
  await expect(figuresOn(connection).newest('10s', 'caddy')).rejects.toMatchObject({ kind: 'unavailable', message });
  await expect(figuresOn(connection).size()).rejects.toMatchObject({ kind: 'unavailable', message });
  await connection.close();
  bare.stop();
});
