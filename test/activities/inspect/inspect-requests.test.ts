import { describe, expect, it } from 'vitest';
import { inspectRequests } from '../../../src/activities/inspect/inspect-requests.js';
import type { AccessEntry } from '../../../src/domain/traffic/access-entry.js';
import type { LogCursor, RequestSearch } from '../../../src/ports/access-log.js';
import { Failure } from '../../../src/ports/failure.js';
import type { EventLog } from '../../../src/ports/event-log.js';
import type { Proxy } from '../../../src/ports/proxy.js';
import type { RequestsQuestion } from '../../../src/workflows/contracts/inspection.js';
import { route, stateWith } from '../../builders/log.js';
import { accessEntry } from '../../builders/traffic.js';

const state = stateWith(route('app.example.com'), route('*.wild.example.com'));
const log = { view: async () => ({ state, logId: 'log' }) } as unknown as EventLog;
const cursor = (offset: number): LogCursor => ({ after: '', head: 'h', inode: 1, offset });

/** A proxy whose log holds these requests; `after` counts them. */
function proxy(name: string, entries: readonly AccessEntry[]): Proxy {
  return {
    name,
    async findRequests({ isOf, sinceMs, limit, after, takes }: RequestSearch) {
      const found = entries.slice(after?.offset ?? 0).filter(({ host, endedMs }) => isOf(host) && endedMs >= sinceMs);
      if (takes === 'oldest' && found.length >= limit) {
        const end = cursor((after?.offset ?? 0) + limit);
        return { entries: found.slice(0, limit), left: 0, hasMore: true, cursor: end };
      }
      const hasMore = false;
      return {
        entries: found.slice(-limit),
        hasMore,
        left: Math.max(0, found.length - limit),
        cursor: cursor(entries.length),
      };
    },
  } as Pick<Proxy, 'name' | 'findRequests'> as Proxy;
}

const broken = {
  name: 'caddy-3',
  findRequests: () => Promise.reject(new Failure('unavailable', 'caddy-3: the access log cannot be read')),
} as unknown as Proxy;

const at = (endedMs: number, more: Partial<AccessEntry> = {}) => accessEntry({ endedMs, ...more });
const question: RequestsQuestion = {
  ...{ domain: null, sinceMs: 0, statuses: [], isDenied: false, limit: 10, after: {}, actor: 'ada' },
};
const ask = (proxies: readonly Proxy[], more: Partial<RequestsQuestion> = {}) =>
  inspectRequests({ log, proxies }, { ...question, ...more });

describe('requests of several proxies', () => {
  const two = [proxy('caddy', [at(1), at(3), at(5)]), proxy('caddy-2', [at(2), at(4)])];

  it('stand in the order of time, each with its proxy', async () => {
    const { requests, left, after } = await ask(two);
    expect(requests.map(({ endedMs, proxy: of }) => [endedMs, of])).toEqual([
      [1, 'caddy'], [2, 'caddy-2'], [3, 'caddy'], [4, 'caddy-2'], [5, 'caddy'],
    ]); // prettier-ignore
    expect(left).toBe(0);
    expect(after).toEqual({ caddy: cursor(3), 'caddy-2': cursor(2) });
  });

  it('are the newest ones when there are more than the limit, and say how many are left out', async () => {
    const { requests, left } = await ask(two, { limit: 2 });
    expect(requests.map(({ endedMs }) => endedMs)).toEqual([4, 5]);
    expect(left).toBe(3);
  });

  it('are the oldest ones after the positions for one who follows, until he has caught up', async () => {
    const onward = { isOnward: true, limit: 2 };
    const seen: number[] = [];
    let answer = await ask(two, onward);
    for (; answer.hasMore; answer = await ask(two, { ...onward, after: answer.after })) {
      expect(answer.left).toBe(0);
      seen.push(...answer.requests.map(({ endedMs }) => endedMs));
    }
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  it('are only the later ones after the positions of an answer', async () => {
    const { requests } = await ask(two, { after: { caddy: cursor(2), 'caddy-2': cursor(2) } });
    expect(requests.map(({ endedMs }) => endedMs)).toEqual([5]);
  });

  it('are found although one log cannot be read, and its position stays', async () => {
    const answer = await ask([...two, broken], { after: { 'caddy-3': cursor(7) } });
    expect(answer.requests).toHaveLength(5);
    expect(answer.problems).toEqual(['caddy-3: the access log cannot be read']);
    expect(answer.after['caddy-3']).toEqual(cursor(7));
    await expect(ask([broken])).rejects.toMatchObject({ kind: 'unavailable' });
  });
});

it('assigns a request to its route by the exact host, a wildcard, or none', async () => {
  const hosts = ['app.example.com', 'a.wild.example.com', 'a.b.wild.example.com'];
  const one = proxy(
    'caddy',
    hosts.map((host, n) => at(n, { host })),
  );
  const all = await ask([one]);
  expect(all.requests.map(({ domain }) => domain)).toEqual(['app.example.com', '*.wild.example.com', null]);
  const wild = await ask([one], { domain: '*.wild.example.com' });
  expect(wild.requests.map(({ host }) => host)).toEqual(['a.wild.example.com']);
});

it('bounds what visitors wrote, so that a page fits into a message', async () => {
  const long = 'x'.repeat(100_000);
  const entry = at(1, { path: `/${long}`, method: long, host: long, error: long, id: long });
  const page = await ask(
    [
      proxy(
        'caddy',
        Array.from({ length: 1_000 }, () => entry),
      ),
    ],
    { limit: 1_000_000 },
  );
  expect(page.requests).toHaveLength(500);
  expect(JSON.stringify(page).length).toBeLessThan(1_500_000);
});
