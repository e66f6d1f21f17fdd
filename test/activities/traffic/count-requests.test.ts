import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createMemoryFigures } from '../../../src/adapters/memory/figures.js';
import { createRequestCounting } from '../../../src/activities/traffic/count-requests.js';
import { summedLevels, sumFigures } from '../../../src/activities/traffic/sum-figures.js';
import {
  countingFigures,
  figureLevels,
  merged,
  slotStart,
  type FigureLevel,
  type FigureRow,
  type RouteFigures,
} from '../../../src/domain/traffic/figures.js';
import type { AccessEntry } from '../../../src/domain/traffic/access-entry.js';
import type { AccessLog, LogCursor } from '../../../src/ports/access-log.js';
import type { FigureReader, Figures } from '../../../src/ports/figures.js';
import { accessEntry } from '../../builders/traffic.js';
import { plainRoute } from '../../../src/domain/resources/route.js';
import { stateWith } from '../../builders/log.js';

const START = Date.parse('2027-01-15T08:00:00Z');

/** An access log in memory, whose offsets are numbers of lines. */
function logOf(entries: readonly AccessEntry[], atOnce = 3): AccessLog {
  return {
    proxy: 'caddy',
    async *readOn(cursor) {
      for (let from = cursor?.offset ?? 0; from < entries.length; from += atOnce) {
        const lines = entries.slice(from, from + atOnce).map((entry) => JSON.stringify(entry));
        yield { lines, cursorAt: (index): LogCursor => ({ after: '', head: 'x', inode: 1, offset: from + index }) };
      }
    },
  };
}

const state = stateWith(...['app.example.com', '*.example.com'].map((domain) => plainRoute(domain, 'http://10.0.0.1')));
const systemsOf = (figures: Figures, entries: readonly AccessEntry[], nowMs: () => number) => ({
  ...{ figures, nowMs, accessLog: logOf(entries) },
  log: { view: () => Promise.resolve({ logId: 'log', state }) },
  parse: (line: string) => JSON.parse(line) as AccessEntry,
});

/** What a reader finds at a level, by start of the slot and domain. */
async function storedIn(figures: FigureReader, level: FigureLevel) {
  const rows: FigureRow[] = [];
  for await (const { startMs, routes } of figures.slots(level, 0, Infinity)) {
    for (const [domain, one] of Object.entries(routes)) rows.push({ startMs, domain, figures: one });
  }
  return sumOf(rows);
}

function sumOf(rows: readonly FigureRow[]) {
  const parts = new Map<string, RouteFigures[]>();
  for (const { startMs, domain, figures } of rows) {
    const key = `${startMs} ${domain}`;
    parts.set(key, [...(parts.get(key) ?? []), figures]);
  }
  return Object.fromEntries([...parts].map(([key, list]) => [key, merged(list)]));
}

/** What should be stored. */
function expectedIn(entries: readonly AccessEntry[], level: FigureLevel) {
  const counts = new Map<string, ReturnType<typeof countingFigures>>();
  for (const entry of entries) {
    if (entry.isOwn) continue;
    const domain = entry.host === 'app.example.com' ? entry.host : /^[^.]+\.example\.com$/.test(entry.host) ? '*.example.com' : ''; // prettier-ignore
    const key = `${slotStart(level, entry.endedMs)} ${domain}`;
    const figures = counts.get(key) ?? countingFigures();
    counts.set(key, figures);
    figures.add(entry);
  }
  return Object.fromEntries([...counts].map(([key, one]) => [key, one.figures()]));
}

const entries = fc
  .array(
    fc.record({
      afterMs: fc.oneof(fc.integer({ min: -50, max: 200 }), fc.integer({ min: 0, max: 40_000 })),
      host: fc.constantFrom('app.example.com', 'b.example.com', 'elsewhere.test'),
      status: fc.constantFrom(200, 404, 502),
      isOwn: fc.constantFrom(false, false, false, true),
    }),
    { maxLength: 80 },
  )
  .map((list) => {
    let endedMs = START;
    return list.map(({ afterMs, ...fields }) => accessEntry({ ...fields, endedMs: (endedMs += afterMs) }));
  });

it('counts each request into the slot of its end and the route of its host', async () => {
  const figures = createMemoryFigures();
  const list = [0, 9_999, 10_000, 10_001].map((ms) => accessEntry({ endedMs: START + ms }));
  const others = [accessEntry({ endedMs: START, host: 'x.example.com' }), accessEntry({ endedMs: START, isOwn: true })];
  await createRequestCounting(systemsOf(figures, [...others, ...list], () => START + 60_000))();
  const stored = await storedIn(figures, '10s');
  expect(Object.entries(stored).map(([key, { requests }]) => [key, requests])).toEqual([
    [`${START} *.example.com`, 1],
    [`${START} app.example.com`, 2],
    [`${START + 10_000} app.example.com`, 2],
  ]);
});

it('stores a slot when it is over, not before', async () => {
  const figures = createMemoryFigures();
  let nowMs = START + 10_999;
  const count = createRequestCounting(systemsOf(figures, [accessEntry({ endedMs: START + 5 })], () => nowMs));
  expect(await count()).toBe(0);
  nowMs = START + 11_000;
  expect(await count()).toBe(1);
  expect(await count()).toBe(0);
});

it('counts exactly, whatever fails and however many workers count', async () => {
  const failures = fc.array(fc.constantFrom('no', 'no', 'before', 'after'), { maxLength: 40 });
  const turns = fc.array(fc.record({ worker: fc.nat({ max: 1 }), dies: fc.constantFrom(false, false, true), lines: fc.nat({ max: 12 }) }), { maxLength: 30 }); // prettier-ignore
  await fc.assert(
    fc.asyncProperty(entries, failures, turns, async (list, fails, schedule) => {
      const kept = createMemoryFigures();
      let [written, step] = [0, 0];
      // The server dies before it stored a part, or after that and before it said so.
      const figures: Figures = {
        ...kept,
        async append(...args) {
          const failure = fails[step++] ?? 'no';
          if (failure === 'before') throw new Error('connection lost');
          const result = await kept.append(...args);
          if (failure === 'after') throw new Error('connection lost');
          return result;
        },
      };
      const present = () => list.slice(0, written);
      const nowMs = () => (present().at(-1)?.endedMs ?? START) + 5_000;
      const worker = () => {
        const systems = { ...systemsOf(figures, [], nowMs), accessLog: { proxy: 'caddy', readOn: (cursor: LogCursor | null) => logOf(present()).readOn(cursor) } }; // prettier-ignore
        return createRequestCounting(systems);
      };
      const workers = [worker(), worker()];
      for (const { worker: which, dies, lines } of schedule) {
        written = Math.min(list.length, written + lines);
        if (dies) workers[which] = worker();
        await workers[which]?.().catch(() => undefined);
        for (const level of summedLevels) await sumFigures(figures, 'caddy', level, nowMs()).catch(() => undefined);
      }
      written = list.length;
      const end = Math.max(START, ...list.map(({ endedMs }) => endedMs)) + 7_200_000;
      const last = createRequestCounting({ ...systemsOf(kept, list, () => end) });
      await last();
      await last();
      for (const level of summedLevels) await sumFigures(kept, 'caddy', level, end);
      for (const level of figureLevels) expect(await storedPartsOf(kept, level)).toEqual(expectedIn(list, level));
    }),
    { numRuns: 200 },
  );
});

/** What the parts of one level hold, without help of the finer ones. */
async function storedPartsOf(figures: Figures, level: FigureLevel) {
  const rows: FigureRow[] = [];
  for await (const part of figures.parts(level, 'caddy', 0)) rows.push(...part.rows);
  return sumOf(rows);
}

it('goes on from a coarser level when the finer parts expired', async () => {
  const figures = createMemoryFigures();
  const list = [accessEntry({ endedMs: START })];
  await createRequestCounting(systemsOf(figures, list, () => START + 60_000))();
  await sumFigures(figures, 'caddy', '1m', START + 120_000);
  const expired: Figures = {
    ...figures,
    newest: (level, proxy) => (level === '10s' ? Promise.resolve(null) : figures.newest(level, proxy)),
  };
  expect(await createRequestCounting(systemsOf(expired, list, () => START + 60_000))()).toBe(0);
});

it('stores a slot in several parts when it is large', async () => {
  const figures = { ...createMemoryFigures(), mostWeight: 1_000 };
  const list = Array.from({ length: 20_000 }, (_, index) => accessEntry({ endedMs: START, path: `/${index}` }));
  expect(await createRequestCounting(systemsOf(figures, list, () => START))()).toBeGreaterThan(1);
});
