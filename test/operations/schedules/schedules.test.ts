import { describe, expect, it } from 'vitest';
import { find } from '../../../src/domain/log/state.js';
import type { Operation } from '../../../src/operations/operation.js';
import { createSchedule } from '../../../src/operations/schedules/create-schedule.js';
import { deleteSchedule } from '../../../src/operations/schedules/delete-schedule.js';
import { pauseSchedule, resumeSchedule, updateSchedule } from '../../../src/operations/schedules/update-schedule.js';
import { rollbackState } from '../../../src/operations/history/rollback-state.js';
import { undoOperation } from '../../../src/operations/history/undo-operation.js';
import { context, quiet } from '../../builders/answers.js';
import { createHistory } from '../../builders/history.js';
import { reconciling, schedule } from '../../builders/schedule.js';

const url = 'https://git.example.com/site.git#main';

async function ran(...steps: readonly [Operation, object][]) {
  const history = createHistory();
  for (const [operation, input] of steps) await history.run(operation, input);
  return find(history.state(), 'Schedule', 'nightly')?.value ?? null;
}

const create = [createSchedule as Operation, { name: 'nightly', every: '24h', fromGit: url, prune: true }] as const;
const made = schedule('nightly', { every: '24h', action: reconciling({ fromGit: url, prune: true }) });

describe('a schedule', () => {
  it('is created with its options, and named reconcile where no name is given', async () => {
    expect(await ran([...create])).toEqual(made);
    expect(createSchedule.input.parse({ every: '5m' })).toMatchObject({ name: 'reconcile', fromGit: null });
  });

  it('takes the name of a component that Hecate’s predecessor used', async () => {
    const held = await ran([createSchedule, { name: 'nightly', every: '24h', component: 'auth' }]);
    expect(held?.action.component).toBe('auth-policies');
  });

  it.each([
    [{ name: 'A' }, '1 to 63'],
    [{ name: 'x/../y z' }, '1 to 63'],
    [{ name: 'a'.repeat(64) }, '1 to 63'],
    [{ every: '9s' }, 'at least 10s'],
    [{ every: 'soon' }, 'a duration'],
    [{ fromGit: '.hecate/' }, 'cannot read a folder'],
    [{ fromGit: 'https://me:pw@git.example.com/site.git' }, 'HECATE_GIT_CREDENTIALS_FILE'],
    [{ pruneLimit: 101 }, 'from 0 to 100'],
    [{ component: 'rutes' }, 'Invalid'],
  ])('is refused with %j', (wrong, message) => {
    const parsed = createSchedule.input.safeParse({ every: '5m', ...wrong });
    expect(parsed.error?.issues.map((issue) => issue.message).join()).toContain(message);
  });

  it('is not created twice', async () => {
    const history = createHistory();
    await history.run(createSchedule, create[1]);
    expect((await history.run(createSchedule, create[1])).decision).toMatchObject({
      kind: 'refuse',
      refusal: { kind: 'conflict', code: 'schedule-exists' },
    });
  });

  it('keeps what an update does not name', async () => {
    const changed = await ran([...create], [updateSchedule, { name: 'nightly', every: '1h', prune: 'off' }]);
    expect(changed).toEqual({ ...made, every: '1h', action: { ...made.action, prune: false } });
    const plain = await ran([...create], [updateSchedule, { name: 'nightly', fromGit: 'none' }]);
    expect(plain?.action.fromGit).toBeNull();
  });

  it('is not updated by nothing', () => {
    expect(updateSchedule.input.safeParse({ name: 'nightly' }).error?.issues[0]?.message).toContain('--pause');
  });

  it('is not paused when there is none', () => {
    const refused = pauseSchedule.decide(createHistory().state(), { name: 'nightly', pause: true }, quiet, context);
    expect(refused).toMatchObject({ kind: 'refuse', refusal: { kind: 'missing', code: 'schedule-missing' } });
  });

  it('says who paused it and why, and other settings may change with it', async () => {
    const history = createHistory();
    await history.run(createSchedule, create[1]);
    const input = { name: 'nightly', pause: true as const, every: '12h' };
    const decided = pauseSchedule.decide(history.state(), input, quiet, {
      ...context,
      actor: 'anna',
      reason: 'freeze',
    });
    expect(decided).toMatchObject({
      changes: [{ kind: 'Schedule', after: { every: '12h', paused: { by: 'anna', reason: 'freeze' } } }],
    });
  });

  it('keeps its first pause when it is paused again without a reason', async () => {
    const history = createHistory();
    await history.run(createSchedule, create[1]);
    await history.run(pauseSchedule, { name: 'nightly', pause: true });
    const again = { ...context, actor: 'bob', reason: null };
    const decided = pauseSchedule.decide(history.state(), { name: 'nightly', pause: true }, quiet, again);
    expect(decided).toMatchObject({ kind: 'change', changes: [] });
    await history.run(resumeSchedule, { name: 'nightly', resume: true });
    expect(find(history.state(), 'Schedule', 'nightly')?.value.paused).toBeNull();
  });

  it('is deleted, and comes back by an undo', async () => {
    const history = createHistory();
    await history.run(createSchedule, create[1]);
    const { id } = await history.run(deleteSchedule, { name: 'nightly' });
    expect(find(history.state(), 'Schedule', 'nightly')).toBeUndefined();
    await history.run(undoOperation, { operation: id });
    expect(find(history.state(), 'Schedule', 'nightly')?.value).toEqual(made);
  });
});

describe('a rollback', () => {
  it('removes a schedule that did not exist then, and brings back one that did', async () => {
    const history = createHistory();
    const { sequence } = await history.run(createSchedule, create[1]);
    await history.run(deleteSchedule, { name: 'nightly' });
    await history.run(createSchedule, { name: 'hourly', every: '1h' });
    await history.run(rollbackState, { toCommit: String(sequence) });
    expect(find(history.state(), 'Schedule', 'hourly')).toBeUndefined();
    expect(find(history.state(), 'Schedule', 'nightly')?.value).toEqual(made);
  });

  it('ends no pause, which a person set to stop something', async () => {
    const history = createHistory();
    const { sequence } = await history.run(createSchedule, create[1]);
    await history.run(pauseSchedule, { name: 'nightly', pause: true, every: '12h' });
    const { decision } = await history.run(rollbackState, { toCommit: String(sequence) });
    expect(find(history.state(), 'Schedule', 'nightly')?.value).toEqual({
      ...made,
      paused: { by: 'ada', reason: expect.any(String) as string },
    });
    expect(decision).toMatchObject({
      warnings: ['schedule nightly stays paused; resume it with: hecate update schedule --name nightly --resume'],
    });
  });
});
