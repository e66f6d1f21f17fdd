import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { pino } from 'pino';
import { createMemoryFigures } from '../../../src/adapters/memory/figures.js';
import { figureLevels, type FigureLevel } from '../../../src/domain/traffic/figures.js';
import type { AccessEntry } from '../../../src/domain/traffic/access-entry.js';
import type { AccessLog } from '../../../src/ports/access-log.js';
import type { Figures } from '../../../src/ports/figures.js';
import { Failure } from '../../../src/ports/failure.js';
import { keepCounting } from '../../../src/worker/keepers/keep-counting.js';
import { stateWith, route } from '../../builders/log.js';
import { accessEntry } from '../../builders/traffic.js';

const START = Date.parse('2027-01-15T08:58:50Z');

beforeEach(() => void vi.useFakeTimers({ now: START, toFake: ['setTimeout', 'clearTimeout', 'Date'] }));
afterEach(() => void vi.useRealTimers());

/** A loop over an access log in memory that grows by the function that is returned. */
function counting(figures: Figures) {
  const lines: string[] = [];
  const accessLog: AccessLog = {
    proxy: 'caddy',
    async *readOn(cursor) {
      const from = cursor?.offset ?? 0;
      const cursorAt = (index: number) => ({ after: '', head: 'x', inode: 1, offset: from + index });
      if (from < lines.length) yield { lines: lines.slice(from), cursorAt };
    },
  };
  const messages: string[] = [];
  const logger = pino({ base: null, timestamp: false }, { write: (line: string) => void messages.push((JSON.parse(line) as { msg: string }).msg) }); // prettier-ignore
  const log = { view: () => Promise.resolve({ logId: 'log', state: stateWith(route('app.example.com')) }) };
  const parse = (line: string) => JSON.parse(line) as AccessEntry;
  const loop = keepCounting({ log, figures, accessLogs: [accessLog], parse, nowMs: Date.now }, logger);
  return {
    messages,
    stop: () => loop.stop(),
    request: () => void lines.push(JSON.stringify(accessEntry({ endedMs: Date.now() }))),
  };
}

async function storedIn(figures: Figures, level: FigureLevel) {
  let [parts, requests] = [0, 0];
  for await (const { rows } of figures.parts(level, 'caddy', 0)) {
    parts++;
    for (const row of rows) requests += row.figures.requests;
  }
  return { parts, requests };
}

it('stores slots of 10 seconds when they are over, and sums them when their minute and their hour are', async () => {
  const figures = createMemoryFigures();
  const { request, stop } = counting(figures);
  const stored = async () => Promise.all(figureLevels.map((level) => storedIn(figures, level)));
  request();
  await vi.advanceTimersByTimeAsync(5_000);
  expect((await stored()).map(({ requests }) => requests)).toEqual([0, 0, 0]);
  await vi.advanceTimersByTimeAsync(8_000);
  request();
  expect((await stored()).map(({ requests }) => requests)).toEqual([1, 0, 0]);
  await vi.advanceTimersByTimeAsync(20_000);
  expect((await stored()).map(({ requests }) => requests)).toEqual([2, 1, 0]);
  await vi.advanceTimersByTimeAsync(70_000);
  expect((await stored()).map(({ requests }) => requests)).toEqual([2, 2, 2]);
  expect(await stored()).toEqual([
    { parts: 2, requests: 2 },
    { parts: 2, requests: 2 },
    { parts: 1, requests: 2 },
  ]);
  stop();
  request();
  await vi.advanceTimersByTimeAsync(60_000);
  expect((await stored())[0]).toEqual({ parts: 2, requests: 2 });
});

it('says once that NATS cannot be reached, goes on when it can, and counts what came meanwhile', async () => {
  const kept = createMemoryFigures();
  let isDown = true;
  const down = () => Promise.reject(new Failure('unavailable', 'nats does not answer'));
  const figures: Figures = { ...kept, newest: (...args) => (isDown ? down() : kept.newest(...args)) };
  const { request, messages, stop } = counting(figures);
  request();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(messages).toEqual(['traffic figures of caddy: nats does not answer']);
  isDown = false;
  await vi.advanceTimersByTimeAsync(2_000);
  expect(messages.slice(1)).toEqual(['the requests of caddy are counted again']);
  expect((await storedIn(kept, '10s')).requests).toBe(1);
  stop();
});
