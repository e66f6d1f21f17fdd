import { describe, expect, it } from 'vitest';
import { history } from '../../../../src/client/reads/history/history.js';
import type { ReadContext } from '../../../../src/client/reads/read.js';
import type { Attempt, LogEntry, Outcome } from '../../../../src/domain/log/commit.js';
import { routeCreate } from '../sample.js';

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

  it('keeps what a person wrote within its line', async () => {
    const [{ position, message }] = routeCreate(0) as [LogEntry];
    const entry = { position, message: { ...message, onBehalfOf: 'ci\nbot', reason: 'a\n9  1 h ago\tb' } };
    const log = {
      async *entriesBackwards() {
        yield await Promise.resolve(entry);
      },
    };
    const withLog = ((use: (one: unknown) => unknown) => use(log)) as ReadContext['withLog'];
    const lines = (await history.answer(history.input.parse({}), { withLog, now } as ReadContext)).text().split('\n');
    expect(lines[0]).toContain('ci bot');
    expect(lines[1]).toBe('      why: a 9 1 h ago b');
  });

  it('names the operator, and the person or program for which it acts', async () => {
    const [{ position, message }] = routeCreate(0) as [LogEntry];
    const entry = { position, message: { ...message, actor: 'anna', onBehalfOf: 'ci-bot' } };
    const log = {
      async *entriesBackwards() {
        yield await Promise.resolve(entry);
      },
    };
    const withLog = ((use: (one: unknown) => unknown) => use(log)) as ReadContext['withLog'];
    for (const actor of ['anna', 'ci-bot']) {
      const answer = await history.answer(history.input.parse({ actor }), { withLog, now } as ReadContext);
      expect(history.shape().parse(answer.data)).toMatchObject([{ actor: 'anna', onBehalfOf: 'ci-bot' }]);
      expect(answer.text()).toContain('by anna (for ci-bot)');
    }
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

describe('attempts without a commit', () => {
  const at = '2026-01-01T01:00:00.000Z';
  const attempt: Attempt = {
    ...{ operation: 'route.create', subject: 'app-0.example.com', actor: 'bob', reason: 'launch' },
    workflowId: 'route.create/app-0.example.com/x',
  };
  const ended = (id: string, result: Outcome['result'], detail: string | null, more: Partial<Attempt> = {}) =>
    ({ type: 'ended', id, at, result, detail, behind: [], attempt: { ...attempt, ...more } }) as const;
  const messages: LogEntry['message'][] = [
    ended('refused-1', 'refused', 'app-0.example.com exists already'),
    ended('cancelled-1', 'cancelled', 'cancelled before it was committed; nothing was changed'),
    ended('failed-1', 'failed', 'x is not a function', { operation: 'upstream.create', subject: 'api' }),
    { type: 'aborted', id: 'undone-1', at, previous: null },
    ended('undone-1', 'undone', 'undone: Vault refuses'),
    ended('paused-1', 'completed', null, { operation: 'schedule.pause', subject: 'nightly', reason: 'freeze' }),
  ];
  const log: LogEntry[] = [
    ...routeCreate(0),
    ...messages.map((message, i) => ({ position: { sequence: i + 3, hash: '' }, message }) as LogEntry),
  ];

  async function answered(input: object) {
    const reader = {
      async *entriesBackwards() {
        yield* log.toReversed();
      },
    };
    const withLog = ((use: (one: unknown) => unknown) => use(reader)) as ReadContext['withLog'];
    const answer = await history.answer(history.input.parse(input), { withLog, now } as ReadContext);
    const rows = history.shape().parse(answer.data) as { id: string; sequence: number | null }[];
    return { ids: rows.map(({ id }) => id), rows, text: answer.text() };
  }

  it('stand in the history, refused ones only when all are asked for or by a filter', async () => {
    const plain = ['paused-1', 'undone-1', 'failed-1', 'cancelled-1', 'id-0'];
    expect((await answered({})).ids).toEqual(plain);
    expect((await answered({ limit: 5 })).ids).toEqual(plain);
    expect((await answered({ all: true })).ids).toEqual([...plain.slice(0, -1), 'refused-1', 'id-0']);
    expect((await answered({ actor: 'bob' })).ids).toContain('refused-1');
  });

  it.each<[object, string[]]>([
    [{ outcome: 'refused' }, ['refused-1']],
    [{ outcome: 'failed' }, ['failed-1']],
    [{ outcome: 'completed' }, ['paused-1', 'id-0']],
    [{ domain: 'app-0.example.com' }, ['undone-1', 'cancelled-1', 'refused-1', 'id-0']],
    [{ resource: 'Upstream/api' }, ['failed-1']],
    [{ operation: 'schedule.pause' }, ['paused-1']],
    [{ from: '5' }, ['paused-1', 'undone-1', 'failed-1']],
    [{ to: '3' }, ['refused-1', 'id-0']],
  ])('are found by %j', async (filters, ids) => {
    expect((await answered(filters)).ids).toEqual(ids);
  });

  it('say what was to be changed, by whom, when and why it was not', async () => {
    const { text, rows } = await answered({ outcome: 'refused' });
    expect(text.split('\n')).toEqual([
      '–  1 h ago  route.create app-0.example.com  refused  by bob  refused-1',
      '      app-0.example.com exists already',
      '      why: launch',
    ]);
    expect(rows).toEqual([
      {
        ...{ sequence: null, id: 'refused-1', at, ...attempt, changes: [], outcome: 'refused' },
        detail: 'app-0.example.com exists already',
      },
    ]);
  });
});
