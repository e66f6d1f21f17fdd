import { describe, expect, it } from 'vitest';
import { find } from '../../../src/domain/log/state.js';
import { actionText } from '../../../src/domain/schedules/action-text.js';
import { formOf } from '../../../src/domain/manifests/manifest.js';
import { createBackupSchedule } from '../../../src/operations/schedules/create-backup-schedule.js';
import { createDrillSchedule } from '../../../src/operations/schedules/create-drill-schedule.js';
import { updateSchedule } from '../../../src/operations/schedules/update-schedule.js';
import type { Operation } from '../../../src/operations/operation.js';
import { createHistory } from '../../builders/history.js';
import { backingUp, schedule } from '../../builders/schedule.js';

async function ran(...steps: readonly [Operation, object][]) {
  const history = createHistory();
  for (const [operation, input] of steps) await history.run(operation, input);
  return (name: string) => find(history.state(), 'Schedule', name)?.value ?? null;
}

async function refusal(...steps: readonly [Operation, object][]) {
  const history = createHistory();
  for (const [operation, input] of steps.slice(0, -1)) await history.run(operation, input);
  const [operation, input] = steps.at(-1)!;
  const { decision } = await history.run(operation, input);
  return decision.kind === 'refuse' ? decision.refusal : null;
}

const folder = { destination: ['/backup'] };

describe('a schedule of backups', () => {
  it('is named backup, makes full backups each day, and keeps its rules', async () => {
    const named = await ran([createBackupSchedule, { ...folder, at: '03:00', keepDaily: 7, keepWithin: '2w' }]);
    expect(named('backup')).toEqual(
      schedule('backup', {
        ...{ every: '24h', at: '03:00' },
        action: backingUp({ keepDaily: 7, keepWithin: '14d' }),
      }),
    );
  });

  it('is named backup-continuous when it ships continuously, beside the other one', async () => {
    const named = await ran([createBackupSchedule, folder], [createBackupSchedule, { ...folder, continuous: true }]);
    expect(named('backup-continuous')).toEqual(
      schedule('backup-continuous', { every: '24h', action: backingUp({ continuous: true }) }),
    );
    expect(named('backup')).not.toBeNull();
  });

  it('is refused without a destination', () => {
    for (const input of [{}, { destination: [] }]) {
      expect(createBackupSchedule.input.safeParse(input).success).toBe(false);
    }
  });

  it.each([
    [{ destination: ['/backup', '/backup/'] }, 'given twice'],
    [{ ...folder, lock: '30d' }, 'a lock needs S3'],
    [{ destination: ['s3://backups/'], lock: '30d', continuous: true }, 'cannot be locked'],
    [{ ...folder, continuous: true, kind: 'incremental' }, 'has no kind'],
    [{ ...folder, continuous: true, kind: 'full' }, 'has no kind'],
    [{ ...folder, every: '12h', at: '03:00' }, 'whole days'],
  ])('is refused with %j', async (input, why) => {
    expect((await refusal([createBackupSchedule, input]))?.message).toContain(why);
  });

  it('is not created twice', async () => {
    expect(await refusal([createBackupSchedule, folder], [createBackupSchedule, folder])).toMatchObject({
      kind: 'conflict',
      code: 'schedule-exists',
    });
  });

  it('keeps what an update does not name, and takes rules away', async () => {
    const named = await ran(
      [createBackupSchedule, { ...folder, keepLast: 3, keepMonthly: 12 }],
      [updateSchedule, { name: 'backup', backupKind: 'incremental', keepLast: 'none', destination: ['s3://b-1/'] }],
    );
    const action = backingUp({ destination: ['s3://b-1/'], backupKind: 'incremental', keepMonthly: 12 });
    expect(named('backup')?.action).toEqual(action);
  });

  it('says in an update which flag it does not have', async () => {
    const wrong = await refusal([createDrillSchedule, { from: '/backup' }], [updateSchedule, { name: 'drill', backupKind: 'full' }]); // prettier-ignore
    expect(wrong?.message).toBe('schedule drill runs drill, which has no option --kind');
  });

  it('is described with its destinations and rules', () => {
    const action = backingUp({ destination: ['/a', 's3://b-1/'], keepLast: 3, keepWithin: '30d' });
    expect(actionText(action)).toBe('Makes a backup (full) to /a and s3://b-1/, prunes (keep-last 3, keep-within 30d)');
    expect(actionText(backingUp({ continuous: true }))).toBe('Ships each commit to /backup');
  });
});

describe('a schedule of restore drills', () => {
  it('is named drill and runs each 30 days', async () => {
    const named = await ran([createDrillSchedule, { from: 's3://backups/hecate/latest' }]);
    expect(named('drill')).toEqual(
      schedule('drill', { every: '30d', action: { kind: 'drill', from: 's3://backups/hecate/latest' } }),
    );
  });

  it('needs a backup', () => {
    expect(createDrillSchedule.input.safeParse({}).success).toBe(false);
  });
});

describe('a manifest', () => {
  const form = formOf('Schedule');
  const backup = schedule('backup', { every: '24h', action: backingUp({ keepDaily: 7 }) });

  it('holds a schedule of backups, and gives it back', () => {
    const spec = form.specOf(backup);
    expect(spec).toEqual({ every: '24h', action: 'backup', destination: ['/backup'], keepDaily: 7 });
    expect(form.valueOf('backup', form.spec.parse(spec))).toEqual(backup);
  });

  it('is refused with an option of another action', () => {
    const spec = form.spec.parse({ every: '24h', action: 'drill', from: '/backup', keepDaily: 7 });
    expect(form.contradiction?.('drill', spec)?.message).toBe('keepDaily is not an option of the action drill');
  });
});

it('a continuous schedule says how much may be lost', async () => {
  const { decision } = await createHistory().run(createBackupSchedule, { ...folder, continuous: true });
  expect(decision).toMatchObject({ warnings: [expect.stringContaining('up to 10 s') as string] });
});

describe('the access to destinations in S3', () => {
  const staged = 'a'.repeat(24);

  it('is handed over with a new schedule, and moved to its place', async () => {
    const input = { destination: ['/backup', 's3://b-1/'], access: { 's3://b-1/': staged } };
    expect(createBackupSchedule.handsAccessTo?.(createBackupSchedule.input.parse(input))).toEqual(['s3://b-1/']);
    const { decision } = await createHistory().run(createBackupSchedule, input);
    expect(decision).toMatchObject({ claims: [{ staged, kind: 's3-access', vaultPath: 's3://b-1/' }] });
    expect(JSON.stringify((decision as { changes: unknown }).changes)).not.toContain(staged);
  });

  it('of a drill is that of the destination of its backup', () => {
    const handed = (from: string) =>
      createDrillSchedule.handsAccessTo?.(createDrillSchedule.input.parse({ from, every: '30d' }));
    expect(handed('s3://b-1/hecate/latest')).toEqual(['s3://b-1/hecate/']);
    expect(handed('/backup')).toEqual([]);
  });
});
