import { describe, expect, it } from 'vitest';
import { find } from '../../../src/domain/log/state.js';
import type { Operation } from '../../../src/operations/operation.js';
import { createRotationSchedule } from '../../../src/operations/schedules/create-rotation-schedule.js';
import { createSecret } from '../../../src/operations/secrets/create-secret.js';
import { deleteSecret } from '../../../src/operations/secrets/delete-secret.js';
import { createSchedule } from '../../../src/operations/schedules/create-schedule.js';
import { deleteSchedule } from '../../../src/operations/schedules/delete-schedule.js';
import { pauseSchedule, resumeSchedule, updateSchedule } from '../../../src/operations/schedules/update-schedule.js';
import { rollbackState } from '../../../src/operations/history/rollback-state.js';
import { undoOperation } from '../../../src/operations/history/undo-operation.js';
import { context, quiet } from '../../builders/answers.js';
import { createHistory } from '../../builders/history.js';
import { reconciling, rotating, schedule } from '../../builders/schedule.js';

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
    expect(held?.action).toMatchObject({ component: 'auth-policies' });
  });

  it.each([
    [{ name: 'A' }, '1 to 70'],
    [{ name: 'x/../y z' }, '1 to 70'],
    [{ name: 'a'.repeat(71) }, '1 to 70'],
    [{ every: '9s' }, 'at least 10s'],
    [{ every: 'soon' }, 'an interval'],
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
    expect(plain?.action).toMatchObject({ fromGit: null });
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

describe('a schedule of rotations', () => {
  const secret = [createSecret, { name: 'team', fromFile: 'a'.repeat(24) }] as const;
  const given = async () => {
    const history = createHistory();
    await history.run(...secret);
    return history;
  };

  it('has the name of its secret', async () => {
    const history = await given();
    await history.run(createRotationSchedule, { name: 'team', at: '03:00', timezone: 'europe/berlin' });
    expect(find(history.state(), 'Schedule', 'rotate-team')?.value).toEqual({
      ...{ name: 'rotate-team', every: '30d', at: '03:00', timezone: 'Europe/Berlin', jitter: null },
      ...{ action: rotating('team'), paused: null, source: null },
    });
  });

  it('is named rotate-all where it rotates every secret', async () => {
    const history = await given();
    const input = { all: true, every: '2w', strategy: 'immediate', grace: '0s', jitter: '10m' };
    await history.run(createRotationSchedule, input);
    expect(find(history.state(), 'Schedule', 'rotate-all')?.value).toMatchObject({
      ...{ every: '14d', jitter: '10m' },
      action: rotating(null, { strategy: 'immediate', grace: '0s' }),
    });
  });

  it.each([
    [{}, '--name NAME or --all'],
    [{ name: 'team', all: true }, '--name NAME or --all'],
    [{ name: 'team', every: 'monthly' }, 'like 30d'],
    [{ name: 'team', strategy: 'blue-green' }, 'dual-secret or immediate'],
    [{ name: 'team', at: '3am' }, '03:00'],
    [{ name: 'team', at: '03:00', timezone: 'Berlin' }, 'IANA'],
    [{ name: 'team', grace: 'long' }, 'such as 1h'],
  ])('is refused with %j', (input, message) => {
    const parsed = createRotationSchedule.input.safeParse(input);
    expect(parsed.error?.issues.map((issue) => issue.message).join()).toContain(message);
  });

  it.each([
    [{ name: 'teams' }, { kind: 'missing', code: 'secret-missing', hint: 'Did you mean team?' }],
    [
      { name: 'team', every: '36h', at: '03:00' },
      { kind: 'invalid', code: 'schedule-invalid' },
    ],
    [
      { name: 'team', timezone: 'UTC' },
      { kind: 'invalid', code: 'schedule-invalid' },
    ],
  ])('is refused with %j when it is planned', async (input, refusal) => {
    const history = await given();
    expect((await history.run(createRotationSchedule, input)).decision).toMatchObject({ kind: 'refuse', refusal });
  });

  it('is not created twice', async () => {
    const history = await given();
    await history.run(createRotationSchedule, { name: 'team' });
    expect((await history.run(createRotationSchedule, { name: 'team' })).decision).toMatchObject({
      kind: 'refuse',
      refusal: {
        code: 'schedule-exists',
        hint: expect.stringContaining('update schedule --name rotate-team') as string,
      },
    });
  });

  it('has no grace period with the strategy immediate', async () => {
    const history = await given();
    const refusal = { kind: 'invalid', code: 'grace-without-effect' };
    const create = { name: 'team', strategy: 'immediate' };
    const { decision } = await history.run(createRotationSchedule, { ...create, grace: '2h' });
    expect(decision).toMatchObject({ kind: 'refuse', refusal });
    await history.run(createRotationSchedule, { ...create, grace: '0s' });
    expect(find(history.state(), 'Schedule', 'rotate-team')).toBeDefined();
    const changed = await history.run(updateSchedule, { name: 'rotate-team', grace: '2h' });
    expect(changed.decision).toMatchObject({ kind: 'refuse', refusal });
  });

  it('warns of a grace period that is as long as its interval', async () => {
    const history = await given();
    const { decision } = await history.run(createRotationSchedule, { name: 'team', every: '12h', grace: '12h' });
    expect(decision).toMatchObject({ warnings: [expect.stringContaining('each second run is skipped') as string] });
    const shorter = await history.run(updateSchedule, { name: 'rotate-team', grace: '11h' });
    expect(shorter.decision).toMatchObject({ warnings: [] });
  });

  it('is changed by its own options, and not by those of a reconcile', async () => {
    const history = await given();
    await history.run(createRotationSchedule, { name: 'team', at: '03:00', timezone: 'Europe/Berlin' });
    await history.run(updateSchedule, { name: 'rotate-team', grace: '7d', at: 'none' });
    expect(find(history.state(), 'Schedule', 'rotate-team')?.value).toMatchObject({
      ...{ at: null, timezone: null },
      action: rotating('team', { grace: '7d' }),
    });
    expect((await history.run(updateSchedule, { name: 'rotate-team', pruneLimit: 10 })).decision).toMatchObject({
      refusal: { message: 'schedule rotate-team runs rotate, which has no option --prune-limit' },
    });
  });

  it('keeps its secret from being deleted', async () => {
    const history = await given();
    await history.run(createRotationSchedule, { name: 'team' });
    expect((await history.run(deleteSecret, { name: 'team' })).decision).toMatchObject({
      refusal: { code: 'secret-in-use', hint: expect.stringContaining('delete schedule --name rotate-team') as string },
    });
  });
});
