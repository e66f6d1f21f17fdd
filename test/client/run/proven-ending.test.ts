import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { TerminatedFailure } from '@temporalio/common';
import { beforeEach, expect, it, vi } from 'vitest';
import { provenEnding } from '../../../src/client/run/proven-ending.js';
import { Failure } from '../../../src/ports/failure.js';

const { log, open } = vi.hoisted(() => {
  const log = { find: vi.fn(), outcome: vi.fn(), close: vi.fn() };
  return { log, open: vi.fn() };
});
vi.mock('../../../src/adapters/log/log-reader.js', () => ({ createLogReader: open }));
vi.mock('../../../src/stack/connections.js', () => ({ cliNats: () => ({}) }));

const completed = {
  id: 'b',
  result: 'completed',
  detail: null,
  refusal: null,
  warnings: [],
  behind: [],
  sequence: 7,
  changes: [],
};
const reports = (result: unknown) =>
  ({
    workflowId: 'hecate-00000001/route.create/a/b',
    result: () => Promise.resolve(result),
  }) as unknown as WorkflowHandle;
const endOf = (result: unknown) => provenEnding(reports(result), {} as never);

beforeEach(() => {
  vi.resetAllMocks();
  open.mockResolvedValue(log);
  log.find.mockResolvedValue({ position: { sequence: 7 }, message: { type: 'committed' } });
  log.outcome.mockResolvedValue({ result: 'completed' });
});

it('is believed when the log has the commit and its outcome', async () => {
  await expect(endOf(completed)).resolves.toMatchObject({ exitCode: 0, result: completed });
  expect(log.close).toHaveBeenCalledOnce();
});

it.each([
  ['no commit', () => log.find.mockResolvedValue(null)],
  ['a fence', () => log.find.mockResolvedValue({ position: { sequence: 7 }, message: { type: 'aborted' } })],
  [
    'a commit elsewhere',
    () => log.find.mockResolvedValue({ position: { sequence: 8 }, message: { type: 'committed' } }),
  ],
  ['no outcome', () => log.outcome.mockResolvedValue(null)],
  ['another outcome', () => log.outcome.mockResolvedValue({ result: 'undone' })],
])(
  'is not believed when the log has %s',
  async (_, given) => {
    given();
    const end = endOf(completed);
    await expect(end).rejects.toThrow('route.create/a/b');
    await expect(end).rejects.toMatchObject({ kind: 'lost' });
  },
  10_000,
);

it('waits for a log that shows the outcome late', async () => {
  log.outcome.mockResolvedValueOnce(null);
  await expect(endOf(completed)).resolves.toMatchObject({ exitCode: 0 });
});

it.each([
  null,
  'done',
  7,
  [],
  {},
  { result: 'completed' },
  { ...completed, id: 'c' },
  { ...completed, changes: 'all' },
  { ...completed, warnings: [{}] },
])('is not believed with the result %j', async (result) => {
  await expect(endOf(result)).rejects.toMatchObject({ kind: 'lost' });
});

it('is not known while the log does not answer', async () => {
  open.mockRejectedValue(new Failure('unavailable', 'nats does not answer'));
  await expect(endOf(completed)).rejects.toMatchObject({ kind: 'unavailable' });
  await expect(endOf({ ...completed, result: 'unchanged' })).resolves.toMatchObject({ exitCode: 0 });
});

it.each([
  ['nothing: it was undone', null, 'undone', 1],
  ['a commit: it is stuck', { position: { sequence: 7 }, message: { type: 'committed' } }, 'stuck', 7],
])('of a terminated workflow, when the log has %s', async (_, entry, result, exitCode) => {
  log.find.mockResolvedValue(entry);
  const terminated = new WorkflowFailedError('x', new TerminatedFailure('x'), 'NON_RETRYABLE_FAILURE');
  const handle = { ...reports(null), result: () => Promise.reject(terminated) } as unknown as WorkflowHandle;
  await expect(provenEnding(handle, {} as never)).resolves.toMatchObject({ exitCode, result: { result } });
});

it('of an operation that lost its log stays stuck, although the log has no commit of it', async () => {
  log.find.mockResolvedValue(null);
  const lost = {
    ...completed,
    result: 'stuck',
    refusal: { kind: 'lost', message: 'the log was lost' },
    sequence: null,
  };
  await expect(endOf(lost)).resolves.toMatchObject({ result: { result: 'stuck' } });
});

it('asks on a new connection when the key of commands was rotated meanwhile', async () => {
  open.mockRejectedValueOnce(new Failure('denied', 'nats refused the seed'));
  log.find.mockRejectedValueOnce(new Failure('unavailable', 'nats does not answer'));
  await expect(endOf(completed)).resolves.toMatchObject({ exitCode: 0 });
  expect(open).toHaveBeenCalledTimes(3);
});
