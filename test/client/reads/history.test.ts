import { describe, expect, it } from 'vitest';
import { history } from '../../../src/client/reads/history.js';
import type { ReadContext } from '../../../src/client/reads/read.js';
import { routeCreate } from './sample.js';

const now = '2026-01-01T02:00:00.000Z';

/** A log of `count` routes, a commit and its outcome each, that counts what is read of it. */
function longLog(count: number) {
  const entries = Array.from({ length: count }, (_, i) => routeCreate(i)).flat();
  let read = 0;
  const log = {
    async *entriesBackwards() {
      for (const entry of entries.toReversed()) {
        read++;
        yield await Promise.resolve(entry);
      }
    },
  };
  return { withLog: ((use: (log: unknown) => unknown) => use(log)) as ReadContext['withLog'], read: () => read };
}

async function shown(count: number, input: object) {
  const { withLog, read } = longLog(count);
  const answer = await history.answer(history.input.parse(input), { withLog, now } as ReadContext);
  return { rows: history.shape().parse(answer.data) as { sequence: number; outcome: string }[], answer, read: read() };
}

describe('the history', () => {
  it('shows the newest 20 commits, reads no more than those, and says so', async () => {
    const { rows, answer, read } = await shown(1_000, {});
    expect(rows).toHaveLength(20);
    expect(rows[0]).toMatchObject({ sequence: 1_999, outcome: 'completed' });
    expect(read).toBe(40);
    expect(answer.talk).toEqual([expect.stringContaining('--all')]);
  });

  it('shows as many as are asked for', async () => {
    expect((await shown(30, { limit: 3 })).rows).toHaveLength(3);
    expect((await shown(30, { all: true })).rows).toHaveLength(30);
    expect((await shown(20, {})).answer.talk).toEqual([]);
    expect(history.input.safeParse({ limit: 3, all: true }).success).toBe(false);
  });

  it('reads back to --from and no further', async () => {
    const { rows, read } = await shown(1_000, { from: '1991' });
    expect(rows.map(({ sequence }) => sequence)).toEqual([1999, 1997, 1995, 1993, 1991]);
    expect(read).toBe(12);
  });

  it('draws each commit with the time since then', async () => {
    const { answer } = await shown(1, {});
    expect(answer.text().split('\n')).toEqual([
      '1  2 h ago  route.create  completed  by ada  id-0',
      '      create Route app-0.example.com',
      '        upstream: – → "localhost:3000"',
    ]);
  });
});
