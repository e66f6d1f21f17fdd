import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readRequests } from '../../../../src/client/reads/traffic/requests.js';
import type { ReadContext, WorkerQuestions } from '../../../../src/client/reads/read.js';
import { Failure } from '../../../../src/ports/failure.js';
import type { FoundRequest, RequestsInspection } from '../../../../src/workflows/contracts/inspection.js';
import { route, stateWith } from '../../../builders/log.js';
import { accessEntry } from '../../../builders/traffic.js';

vi.mock('node:timers/promises', () => ({ setTimeout: vi.fn(() => Promise.resolve()) }));
afterEach(() => void vi.restoreAllMocks());

const app = 'app.example.com';
const found = (more: Partial<FoundRequest> = {}): FoundRequest => ({
  ...accessEntry({
    endedMs: Date.parse('2026-01-01T00:00:05.000Z'),
    durationMs: 12,
    upstream: '10.0.0.1:80',
    upstreamMs: 8,
  }),
  ...{ proxy: 'caddy', domain: app },
  ...more,
});
const answerOf = (requests: readonly FoundRequest[], more: Partial<RequestsInspection> = {}): RequestsInspection => ({
  ...{ requests, left: 0, after: {}, problems: [], ...more },
});

/** A worker that gives these answers one after the other, then none. */
function contextWith(...answers: readonly (RequestsInspection | Error)[]) {
  const left = [...answers];
  const inspectRequests = vi.fn<WorkerQuestions['inspectRequests']>(() => {
    const next = left.shift() ?? new Error('the end');
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  });
  const context = {
    ...{ now: '2026-01-01T00:10:00.000Z', round: 0, output: 'table' },
    look: async () => ({ state: stateWith(route(app)), asOf: null }),
    withWorker: (use: (worker: unknown) => unknown) => use({ inspectRequests }),
  } as unknown as ReadContext;
  return { context, asked: inspectRequests };
}

const read = (context: ReadContext, input: Readonly<Record<string, unknown>> = { domain: app }) =>
  readRequests.answer(readRequests.input.parse(input), context);

it('asks for what the flags say', async () => {
  const { context, asked } = contextWith(answerOf([]));
  await read(context, { domain: app, status: ['5xx', '404'], denied: true, last: '15m', limit: 7 });
  expect(asked).toHaveBeenCalledWith({
    ...{ domain: app, statuses: ['5xx', '404'], isDenied: true, limit: 7, after: {} },
    sinceMs: Date.parse('2026-01-01T00:10:00.000Z') - 900_000,
  });
  for (const status of ['6xx', '20', 'ok'])
    expect(readRequests.input.safeParse({ status: [status] }).success).toBe(false);
});

it('shows the decision about each request and its reason', async () => {
  const refused = found({ status: 429, refused: 'rate-limit', upstream: null, path: '/api', clientIp: '192.0.2.7' });
  const answer = await read(contextWith(answerOf([found(), refused], { left: 4 })).context);
  const lines = answer.text().split('\n');
  expect(lines[0]).toMatch(/^TIME +STATUS +METHOD +PATH +DECISION +REASON +CLIENT +TOOK$/);
  expect(lines[1]).toMatch(
    /^2026-01-01T00:00:05\.000Z +200 +GET +\/ +proxied +10\.0\.0\.1:80 answered after 8 ms +192\.0\.2\.1 +12 ms$/,
  );
  expect(lines[2]).toMatch(/ 429 +GET +\/api +refused +too many requests +192\.0\.2\.7 /);
  expect(answer.talk).toEqual(['the newest 2; 4 older ones are left out: add --limit N']);
  expect(readRequests.shape().safeParse(answer.data).error).toBeUndefined();
  expect(answer.data).toMatchObject([{ decision: 'proxied' }, { decision: 'refused', reason: 'too many requests' }]);
});

it('names an access log that cannot be read, with exit code 6', async () => {
  const answer = await read(contextWith(answerOf([found()], { problems: ['caddy-2: no access log'] })).context);
  expect(answer).toMatchObject({ exitCode: 6, talk: ['error: caddy-2: no access log'] });
});

it('refuses a route that does not exist, and shows one without requests', async () => {
  await expect(read(contextWith(answerOf([])).context, { domain: 'none.example.com' })).rejects.toMatchObject({
    kind: 'missing',
  });
  expect((await read(contextWith(answerOf([])).context)).text()).toBe('no requests');
});

describe('--follow', () => {
  it('asks on from the last position, and goes on when the worker does not answer', async () => {
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const after = { caddy: { after: '', head: 'h', inode: 1, offset: 9 } };
    const { context, asked } = contextWith(
      answerOf([found({ path: '/1' })], { after }),
      new Failure('unavailable', 'no worker answers'),
      answerOf([found({ path: '/2\u001b[2J' })], { after }),
    );
    const answer = await read(context, { domain: app, follow: true });
    expect(answer.isEndless).toBe(true);
    const lines: string[] = [];
    const ended = answer.lines?.((line) => Promise.resolve(void lines.push(line)));
    const end = expect(ended).rejects.toThrow('the end');
    await end;
    expect(lines).toEqual([
      '2026-01-01T00:00:05.000Z  200 GET /1 proxied: 10.0.0.1:80 answered after 8 ms 192.0.2.1 12 ms',
      '2026-01-01T00:00:05.000Z  200 GET /2\\x1b[2J proxied: 10.0.0.1:80 answered after 8 ms 192.0.2.1 12 ms',
    ]);
    expect(asked.mock.calls.slice(1).map(([question]) => question.after)).toEqual([after, after, after]);
  });

  it('leaves no request out after an outage: it pages on from the last position without a wait', async () => {
    const err = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const at = (offset: number) => ({ caddy: { after: '', head: 'h', inode: 1, offset } });
    const { context, asked } = contextWith(
      answerOf([found({ path: '/1' })], { after: at(1) }),
      new Failure('unavailable', 'no worker answered within 10s'),
      new Failure('conflict', 'the worker starts'),
      answerOf([found({ path: '/2' })], { after: at(2), hasMore: true }),
      answerOf([found({ path: '/3' })], { after: at(3), hasMore: false }),
    );
    vi.mocked(sleep).mockClear();
    const answer = await read(context, { domain: app, follow: true });
    const lines: string[] = [];
    await expect(answer.lines?.((line) => Promise.resolve(void lines.push(line)))).rejects.toThrow('the end');
    expect(lines.map((line) => /GET (\S+)/.exec(line)?.[1])).toEqual(['/1', '/2', '/3']);
    expect(vi.mocked(sleep).mock.calls.map(([ms]) => ms)).toEqual([2_000, 3_000, 3_000, 0, 2_000]);
    expect(asked.mock.calls.slice(1).map(([{ after, limit, isOnward }]) => [after, limit, isOnward])).toEqual(
      [1, 1, 1, 2, 3].map((offset) => [at(offset), 500, true]),
    );
    expect(err.mock.calls.map(([text]) => String(text))).toEqual([
      'error: no worker answered within 10s; asking again every few seconds\n',
      'error: the worker starts; asking again every few seconds\n',
    ]);
  });

  it('prints a line of JSON for each request with -o json', async () => {
    const { context } = contextWith(answerOf([found()]));
    const answer = await read({ ...context, output: 'json' }, { domain: app, follow: true });
    const first = await new Promise<string>((resolve) => {
      void answer.lines?.((line) => (resolve(line), new Promise(() => undefined)));
    });
    expect(JSON.parse(first)).toMatchObject({ at: '2026-01-01T00:00:05.000Z', decision: 'proxied', domain: app });
  });
});
