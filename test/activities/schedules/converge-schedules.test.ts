import { describe, expect, it } from 'vitest';
import { convergeSchedules, driftOfSchedules } from '../../../src/activities/schedules/converge-schedules.js';
import { takeFormerSchedules } from '../../../src/activities/schedules/take-former.js';
import { changeOf, type Change, type CommitDraft, type Outcome } from '../../../src/domain/log/commit.js';
import { emptyState, fold } from '../../../src/domain/log/state.js';
import type { Json } from '../../../src/domain/data/json.js';
import type { Schedule } from '../../../src/domain/resources/schedule.js';
import type { EventLog } from '../../../src/ports/event-log.js';
import type { FormerSchedule, Scheduler } from '../../../src/ports/schedules.js';
import { entries } from '../../builders/log.js';
import { reconciling, schedule } from '../../builders/schedule.js';

/** A log with these schedules, and a scheduler with others. */
function given(
  held: readonly Schedule[],
  found: Readonly<Record<string, Json>> = {},
  begun = '',
  more: readonly Change[] = [],
) {
  const changes: Change[] = [...held.map((one) => changeOf('Schedule', one.name, null, one)), ...more];
  let state = fold(emptyState, changes.length === 0 ? [] : entries({ a: changes }, []));
  const appended: CommitDraft[] = [];
  const outcomes: Omit<Outcome, 'type'>[] = [];
  const there = new Map(Object.entries(found));
  const wanted = ({ every, paused }: Pick<Schedule, 'every' | 'paused'>) => ({ every, paused: paused !== null });
  const scheduler: Scheduler = {
    wanted,
    found: async (name) => there.get(name) ?? null,
    names: async () => [...there.keys()],
    write: async (one) => void there.set(one.name, wanted(one)),
    remove: async (name) => void there.delete(name),
  };
  const log = {
    view: async () => ({ logId: 'log-1', state }),
    async append(draft: CommitDraft) {
      appended.push(draft);
      state = fold(emptyState, entries({ [draft.id]: draft.changes }, []));
      return { kind: 'appended', position: { sequence: 1, hash: '' } };
    },
    async *entries() {
      yield { message: { at: begun } };
    },
    record: async (outcome: Omit<Outcome, 'type'>) => void outcomes.push(outcome),
  } as unknown as EventLog;
  return { deps: { log, scheduler }, there, appended, outcomes };
}

describe('Temporal’s schedules', () => {
  it('are created, changed and removed as the log says', async () => {
    const { deps, there } = given([schedule('new'), schedule('edited'), schedule('same')], {
      edited: { every: '1h', paused: true },
      same: { every: '5m', paused: false },
      foreign: { every: '1s', paused: false },
    });
    expect(await convergeSchedules(deps, null)).toEqual([
      'schedule edited written again in temporal as the log has it',
      'schedule foreign removed from temporal',
      'schedule new created in temporal',
    ]);
    expect([...there.keys()].sort()).toEqual(['edited', 'new', 'same']);
    expect(there.get('edited')).toEqual({ every: '5m', paused: false });
    expect(await convergeSchedules(deps, null)).toEqual([]);
  });

  it('are written by an operation only where it changed them', async () => {
    const { deps, there } = given([schedule('new')], { foreign: { every: '1s' } });
    await convergeSchedules(deps, ['new', 'deleted']);
    expect([...there.keys()].sort()).toEqual(['foreign', 'new']);
  });

  it('differ field by field, with both values', async () => {
    const { deps } = given([schedule('edited')], { edited: { every: '1h', paused: true } });
    expect(await driftOfSchedules(deps, null)).toEqual([
      {
        name: 'edited',
        differences: [
          { object: 'schedule edited', kind: 'changed', path: '/edited/every', wanted: '5m', found: '1h' },
          { object: 'schedule edited', kind: 'changed', path: '/edited/paused', wanted: false, found: true },
        ],
      },
    ]);
  });
});

describe('schedules of a version before 0.6', () => {
  const former: FormerSchedule = {
    ...{ name: 'reconcile', every: '10m', action: reconciling({ prune: true }) },
    ...{ madeBy: 'anna', madeAt: '2026-12-01T00:00:00.000Z' },
    paused: { by: 'bob', reason: 'freeze' },
  };
  const taking = (
    held: readonly Schedule[],
    all: readonly FormerSchedule[],
    { begun = '', isOwnTemporal = true, operators = [] as readonly Change[] } = {},
  ) => {
    const removed: string[] = [];
    const more = {
      ...{ now: () => '2027-01-01T12:00:00.000Z', newId: () => 'id-1' },
      isOwnTemporal,
      formerSchedules: { all: async () => all, remove: async (name: string) => void removed.push(name) },
    };
    const world = given(held, {}, begun, operators);
    return { ...world, removed, take: () => takeFormerSchedules({ ...world.deps, ...more }) };
  };

  it('are taken into the log once, with their pause, and removed from Temporal', async () => {
    const { take, appended, outcomes, removed, there } = taking([], [former]);
    const options = 'every 10m --component all --prune made by unverified: anna';
    expect(await take()).toEqual([`took schedule reconcile from temporal into the log: ${options}`]);
    const { madeBy: _, madeAt: __, ...rest } = former;
    expect(appended).toMatchObject([
      {
        ...{ actor: 'hecate', operation: 'schedule.create', reason: expect.stringContaining(options) as string },
        changes: [{ kind: 'Schedule', before: null, after: { ...rest, source: null } }],
      },
    ]);
    expect(outcomes).toMatchObject([{ id: 'id-1', result: 'completed' }]);
    expect(there.get('reconcile')).toEqual({ every: '10m', paused: true });
    expect(removed).toEqual(['reconcile']);
  });

  it('do not replace one that the log has', async () => {
    const { take, appended, removed } = taking([schedule('reconcile')], [former]);
    expect(await take()).toEqual([]);
    expect([appended, removed]).toEqual([[], ['reconcile']]);
  });

  it.each([
    ['another environment’s, which is older than this log', '2026-12-02T00:00:00.000Z', 0],
    ['ours, since this log is older', '2026-11-02T00:00:00.000Z', 1],
  ])('in a Temporal that others use, may be %s', async (_, begun, count) => {
    const { take, removed } = taking([], [former], { begun, isOwnTemporal: false });
    expect(await take()).toHaveLength(count);
    expect(removed).toHaveLength(count);
  });

  it('are paused where the log does not know their repository', async () => {
    const fromGit = 'git://127.0.0.1/evil.git#main';
    const action = reconciling({ fromGit, prune: true, pruneLimit: 100, yes: true });
    const { take, appended } = taking([], [{ ...former, action, paused: null }]);
    expect((await take()).join()).toContain(`--from-git ${fromGit} --prune --prune-limit 100 --yes`);
    expect(appended[0]?.changes[0]?.after).toMatchObject({ action, paused: { by: 'hecate' } });
  });

  it('are left alone when they were made after the first operator, when no older version ran', async () => {
    const { take, appended, removed } = taking([], [{ ...former, madeAt: '2027-01-01T12:00:00.000Z' }], {
      operators: [changeOf('Operator', 'ada', null, { name: 'ada', role: 'admin', publicKey: 'k' })],
    });
    expect(await take()).toEqual([]);
    expect([appended, removed]).toEqual([[], []]);
  });
});
