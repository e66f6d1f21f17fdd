import { afterEach, describe, expect, it } from 'vitest';
import { reads } from '../../../../src/client/reads/catalogue.js';
import type { Read, ReadContext } from '../../../../src/client/reads/read.js';
import { changeOf, type Change } from '../../../../src/domain/log/commit.js';
import { emptyState, fold } from '../../../../src/domain/log/state.js';
import { newSecret, type Secret } from '../../../../src/domain/resources/secret.js';
import { afterEvent, type Rotation } from '../../../../src/domain/secrets/rotation.js';
import type { Schedule } from '../../../../src/domain/resources/schedule.js';
import { entries } from '../../../builders/log.js';
import { rotating, schedule } from '../../../builders/schedule.js';

const EDITION = 'abcdefghijklmnop';
const NEXT = 'ponmlkjihgfedcba';
const NOW = '2026-01-11T00:00:00.000Z';
const minutesAgo = (minutes: number) => new Date(Date.parse(NOW) - minutes * 60_000).toISOString();

const team: Secret = {
  ...newSecret({ name: 'team', kind: 'basic-auth', version: 3, edition: EDITION }),
  since: '2026-01-01T00:00:00.000Z',
  consumers: [
    { name: 'route app.example.com', version: 3, since: '2026-01-01T00:00:01.000Z' },
    { name: 'worker old/1', version: 2, since: '2025-12-01T00:00:01.000Z' },
  ],
};
const begun: Rotation = {
  ...{ id: 'id-1', strategy: 'dual-secret', revokesFirst: false, phase: 'preflight', phaseSince: minutesAgo(5) },
  ...{ startedAt: minutesAgo(5), by: 'ada', older: null, isBrought: false, grace: '1h', graceUntil: null },
  ...{ former: { version: 3, edition: EDITION }, next: { version: 4, edition: NEXT }, holdAt: null, isHeld: false },
  ...{ maxAttempts: 10, attempts: 0, problem: null, isStuck: false, revokedAt: null, downMs: null },
};

/** The secret after that many phases of its rotation were done. */
function afterPhases(count: number, rotation: Rotation = begun): Secret {
  let secret: Secret = { ...team, rotation };
  for (let done = 0; done < count; done++) secret = afterEvent(secret, { kind: 'done' }, minutesAgo(2));
  return secret;
}

let scheduled: readonly Schedule[] = [];
afterEach(() => {
  scheduled = [];
});

function contextOf(...secrets: Secret[]): ReadContext {
  const changes: Change[] = [
    ...secrets.map((secret) => changeOf('Secret', secret.name, null, secret)),
    ...scheduled.map((one) => changeOf('Schedule', one.name, null, one)),
  ];
  const state = fold(emptyState, entries({ all: changes }));
  return { now: NOW, round: 0, look: async () => ({ state, asOf: null }) } as unknown as ReadContext;
}

async function asked(path: string, input: object, ...secrets: Secret[]) {
  const read = reads.find((one) => one.path.join(' ') === path) as Read;
  const { data, text } = await read.answer(read.input.parse(input), contextOf(...secrets));
  expect(read.shape().safeParse(data).error).toBeUndefined();
  return { data: data as Record<string, unknown>, text: text() };
}
const statusOf = (...secrets: Secret[]) => asked('read secret status', { name: 'team' }, ...secrets);

describe('read secret status', () => {
  it('shows the age, that nothing is planned, and who uses which version', async () => {
    const { data, text } = await statusOf(team);
    expect(data).toMatchObject({ version: 3, ageSeconds: 864_000, next: null, isOverdue: false, rotation: null });
    expect(text).toContain('3, in force for 10 days (since 2026-01-01T00:00:00.000Z)');
    expect(text).toContain('none is planned; plan it: hecate create schedule rotate --name team --every 30d');
    expect(text).toContain('route app.example.com: version 3 since 9 days ago');
    expect(text).toContain('worker old/1: version 2 since');
    expect(text).toContain('not seen with the one in force');
    expect(data['consumers']).toMatchObject([{ isCurrent: true }, { isCurrent: false }]);
  });

  it('takes the time of creation for a value that was never replaced', async () => {
    const { data } = await statusOf({ ...team, since: null });
    expect(data).toMatchObject({ since: '2026-01-01T00:00:01.000Z' });
  });

  it('names the phase that runs, since when, and what follows', async () => {
    const { data, text } = await statusOf(afterPhases(3));
    expect(data['rotation']).toMatchObject({ phase: 'distribute', fromVersion: 3, toVersion: 4, isStuck: false });
    expect(text).toContain('distribute (give the new value to its users), since 2 min');
    expect(text).toContain('version 3 to 4, dual-secret, by ada, begun 5 min ago');
    expect(text).toContain('then prove, commit, grace, revoke, prove-refused');
    expect(data['versions']).toMatchObject([
      { version: 4, state: 'new' },
      { version: 3, state: 'in-force' },
    ]);
  });

  it('says in the grace period until when the old value is valid', async () => {
    const { data, text } = await statusOf(afterPhases(6));
    const until = new Date(Date.parse(minutesAgo(2)) + 3_600_000).toISOString();
    expect(text).toContain(`version 3 stays valid until ${until}; then it is revoked`);
    expect(data['versions']).toEqual([
      { version: 4, state: 'in-force', until: null },
      { version: 3, state: 'valid', until },
    ]);
    expect(text).toContain('hecate finish secret rotation --name team');
    expect(text).not.toContain('hecate cancel secret rotation');
  });

  it('gives both ways out of a held rotation before its commit', async () => {
    const { text } = await statusOf(afterPhases(3, { ...begun, holdAt: 'distribute' }));
    expect(text).toMatch(/State: +held/);
    expect(text).toContain('hecate finish secret rotation --name team');
    expect(text).toContain('hecate cancel secret rotation --name team');
  });

  it('shows why a rotation is stuck and offers no undo after the commit', async () => {
    const secret = afterEvent(afterPhases(7), { kind: 'failed', problem: 'vault is sealed' }, NOW);
    const { data, text } = await statusOf(secret);
    expect(data['rotation']).toMatchObject({ isStuck: true, wayOut: ['hecate finish secret rotation --name team'] });
    expect(text).toContain('vault is sealed');
    expect(text).toContain('a person must act');
  });

  it('shows how the last one ended, how long it took and for how long the secret was down', async () => {
    const lastRotation = {
      ...{ id: 'id-0', strategy: 'immediate' as const, result: 'undone' as const, problem: 'authentik refused it' },
      ...{ startedAt: minutesAgo(12), endedAt: minutesAgo(10), downMs: 400 },
    };
    const { data, text } = await statusOf({ ...team, lastRotation });
    expect(text).toContain('undone 10 min ago, immediate, took 2 min, down for at most 400 ms');
    expect(text).toContain('authentik refused it');
    expect(data['lastRotation']).toMatchObject({ durationMs: 120_000, downMs: 400 });
  });

  it('names the nearest secret for one that does not exist', async () => {
    await expect(asked('read secret status', { name: 'teem' }, team)).rejects.toMatchObject({
      kind: 'missing',
      details: { hint: 'Did you mean team?' },
    });
  });

  it.each(['read secret status', 'read secret'])('%s never holds the id of a value', async (path) => {
    const { data, text } = await asked(path, { name: 'team' }, afterPhases(6));
    expect(JSON.stringify(data) + text).not.toContain(EDITION);
    expect(JSON.stringify(data) + text).not.toContain(NEXT);
  });
});

describe('overdue secrets', () => {
  const every = (interval: string, more: Partial<Schedule> = {}) =>
    schedule('rotate-team', { every: interval, action: rotating('team'), ...more });

  it('are marked in the list and in the status', async () => {
    scheduled = [every('24h')];
    expect((await asked('list secrets', {}, team)).text).toContain('OVERDUE since 9 days');
    const { data, text } = await statusOf(team);
    expect(data).toMatchObject({
      ...{ isOverdue: true, schedule: 'rotate-team', isPaused: false },
      ...{ dueSince: '2026-01-02T00:00:00.000Z', next: '2026-01-12T00:00:00.000Z' },
    });
    expect(text).toContain('in 24 h (every 24h, schedule rotate-team)');
  });

  it('are those whose time has passed, while no rotation runs', async () => {
    scheduled = [every('480h')];
    expect((await statusOf(team)).data).toMatchObject({ isOverdue: false, dueSince: null });
    scheduled = [every('24h')];
    expect((await statusOf(afterPhases(2))).data).toMatchObject({ isOverdue: false });
  });

  it('are overdue while their schedule is paused, which is said', async () => {
    scheduled = [every('1d', { paused: { by: 'anna', reason: 'freeze' } })];
    const { data, text } = await statusOf(team);
    expect(data).toMatchObject({ isOverdue: true, isPaused: true, next: null });
    expect(text).toContain('paused (every 1d, schedule rotate-team)');
  });
});

describe('list secrets --show-rotation-status', () => {
  it('has a row for each secret with strategy, phase, next and last rotation and users', async () => {
    const { text, data } = await asked('list secrets', { showRotationStatus: true }, afterPhases(3));
    expect(text).toMatch(/^NAME +KIND +VERSION +AGE +STRATEGY +ROTATION +NEXT +LAST +CONSUMERS/);
    expect(text).toMatch(/team .*dual-secret +distribute +– +never +1 of 2/);
    expect(data).toMatchObject([{ metadata: { name: 'team' }, status: { rotation: { phase: 'distribute' } } }]);
  });
});
