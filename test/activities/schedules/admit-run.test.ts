import { beforeEach, describe, expect, it } from 'vitest';
import { admitScheduledRun, type Admitting } from '../../../src/activities/schedules/admit-run.js';
import { changeOf, type Attempt } from '../../../src/domain/log/commit.js';
import { emptyState, fold } from '../../../src/domain/log/state.js';
import type { Role } from '../../../src/domain/values/role.js';
import type { Schedule } from '../../../src/domain/resources/schedule.js';
import type { EventLog } from '../../../src/ports/event-log.js';
import { entries } from '../../builders/log.js';
import { backingUp, reconciling, schedule } from '../../builders/schedule.js';
import { testOperator } from '../../builders/trust.js';

let roleOfAda: Role | null;
const recorded: { id: string; detail: string | null; attempt: Attempt | undefined }[] = [];
beforeEach(() => {
  recorded.splice(0);
  roleOfAda = 'operator';
});

/** The worker at these times (of 2027), with these schedules in the log; runs are numbered. */
function worker(...schedules: readonly Schedule[]) {
  const operators = roleOfAda === null ? [] : [testOperator('ada', roleOfAda).created];
  const changes = [...operators, ...schedules.map((one) => changeOf('Schedule', one.name, null, one))];
  const state = fold(emptyState, entries({ a: changes }, []));
  const last = new Map<string, { dueAt: string; run: string }>();
  let time = '';
  let count = 0;
  const deps: Admitting = {
    log: { view: async () => ({ logId: 'log-1', state }) } as unknown as EventLog,
    now: () => `2027-01-01T${time}Z`,
    sha256: (text) => text,
    newId: () => 'new-id',
    seals: { seal: () => 'sealed', holds: () => true },
    scheduledRuns: {
      async admit(name, dueAt, run) {
        const held = last.get(name);
        if (held && held.dueAt >= dueAt) return held.dueAt === dueAt && held.run === run;
        last.set(name, { dueAt, run });
        return true;
      },
    },
    recordOutcome: async (id, _result, detail, _behind, attempt) => void recorded.push({ id, detail, attempt }),
  };
  return (at: string, run: unknown, runId = `run-${++count}`) => {
    time = at;
    return admitScheduledRun(deps, run, {
      ...{ workflowId: 'hecate-1a2b3c4d/scheduled-reconcile/nightly-x', runId },
      ...{ isStandalone: false, activity: 'admitScheduledRun' },
    });
  };
}

const nightly = schedule('nightly', { action: reconciling({ fromGit: 'https://git.example.com/site', prune: true }) });

describe('a run of a schedule', () => {
  it('does what the log says, sealed, in the name of the one who made the schedule', async () => {
    const admit = worker(nightly);
    expect(await admit('12:00:00.100', { schedule: 'nightly', prune: false, fromGit: 'https://evil' })).toEqual({
      kind: 'reconcile',
      request: {
        ...{
          id: 'new-id',
          component: 'all',
          isDryRun: false,
          fromGit: 'https://git.example.com/site',
          fromCommit: null,
        },
        ...{ prune: true, adopt: false, actor: 'ada', reason: 'schedule nightly' },
        proof: { environment: 'log-1', at: '2027-01-01T12:00:00.100Z', signer: null, signature: 'sealed' },
      },
    });
    expect(recorded).toEqual([]);
  });

  it('of backups or drills gets a sealed grant with what the log says', async () => {
    const action = backingUp({ keepDaily: 7 });
    const admit = worker(
      schedule('backup', { action }),
      schedule('drill', { action: { kind: 'drill', from: '/backup' } }),
    );
    const granted = { actor: 'ada', seal: 'sealed' };
    expect(await admit('12:00:00.100', { schedule: 'backup', destination: ['/evil'] })).toEqual({
      kind: 'backup',
      grant: { schedule: 'backup', action, reason: 'schedule backup', ...granted },
    });
    expect(await admit('12:00:00.100', { schedule: 'drill' })).toEqual({
      kind: 'drill',
      grant: { schedule: 'drill', from: '/backup', reason: 'schedule drill', ...granted },
    });
    const again = await admit('12:01:00.000', { schedule: 'backup' });
    expect(again).toMatchObject({ hint: 'Back up now: hecate backup full --destination /backup' });
  });

  it('goes on by the worker, for its operator, when that one was deleted or lost the role', async () => {
    for (const role of [null, 'viewer'] as const) {
      roleOfAda = role;
      expect(await worker(nightly)('12:00:00.100', { schedule: 'nightly' })).toMatchObject({
        kind: 'reconcile',
        request: { actor: 'hecate', onBehalfOf: 'ada' },
      });
    }
    expect(recorded).toEqual([]);
  });

  it('is admitted once for each time at which it is due, and again when the worker asks again for it', async () => {
    const admit = worker(nightly);
    const run = { schedule: 'nightly' };
    expect(await admit('12:00:00.100', run, 'a')).toMatchObject({ kind: 'reconcile' });
    expect(await admit('12:00:02.000', run, 'a')).toMatchObject({ kind: 'reconcile' });
    const refused = await admit('12:03:00.000', run, 'b');
    expect(refused).toMatchObject({ kind: 'refused', message: 'schedule nightly is not due: it runs every 5m' });
    expect(refused).toMatchObject({ hint: expect.stringContaining('hecate update state reconcile') as string });
    expect(await admit('12:05:00.000', run, 'c')).toMatchObject({ kind: 'reconcile' });
    expect(recorded).toMatchObject([
      { id: 'schedule-run:b', attempt: { operation: 'schedule.run', subject: 'nightly', isAutomatic: true } },
    ]);
  });

  it('is due also when the clock of the worker is behind the one of Temporal', async () => {
    const admit = worker(nightly);
    expect(await admit('11:59:58.000', { schedule: 'nightly' })).toMatchObject({ kind: 'reconcile' });
    expect(await admit('12:00:00.000', { schedule: 'nightly' })).toMatchObject({ kind: 'refused' });
  });

  it('is refused while the schedule is paused, with who paused it and why', async () => {
    const admit = worker({ ...nightly, paused: { by: 'anna', reason: 'freeze' } });
    expect(await admit('12:00:00.000', { schedule: 'nightly' })).toMatchObject({
      kind: 'refused',
      message: 'schedule nightly is paused by anna: freeze',
      hint: expect.stringContaining('--name nightly --resume') as string,
    });
  });

  it('is refused when it carries a whole request, as the schedules of older versions did', async () => {
    const admit = worker(nightly);
    expect(await admit('12:00:00.000', { component: 'all', prune: true, actor: 'root' })).toMatchObject({
      kind: 'refused',
      message: 'a run of a schedule carries nothing but its name since version 0.6',
    });
    expect(recorded).toHaveLength(1);
  });

  it.each([{ schedule: 'other' }, { schedule: 'x'.repeat(100_000) }, { schedule: {} }, null, 7, 'nightly'])(
    'is refused when the log has no such schedule: %j',
    async (run) => {
      const admit = worker(nightly);
      expect(await admit('12:00:00.000', run)).toMatchObject({ kind: 'refused' });
      // Anybody can invent names, so the history has one for all.
      expect(recorded).toMatchObject([{ attempt: { subject: 'unknown' } }]);
      expect(recorded[0]?.detail?.length).toBeLessThan(300);
    },
  );
});
