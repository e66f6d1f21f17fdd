import { describe, expect, it } from 'vitest';
import { createMemorySecrets } from '../../../src/adapters/memory/secrets.js';
import { createValueSweep } from '../../../src/activities/secrets/sweep-values.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import { find } from '../../../src/domain/log/state.js';
import { newSecret, vaultPathOf, type Secret } from '../../../src/domain/resources/secret.js';
import { afterEvent, type Rotation } from '../../../src/domain/secrets/rotation.js';
import { createHistory } from '../../builders/history.js';
import { rotating, schedule } from '../../builders/schedule.js';
import { route, routeChange } from '../../builders/log.js';

const DAY_MS = 24 * 3_600_000;
const DAY_MINUTES = 24 * 60;
const id = (letter: string) => letter.repeat(24);
const FINGERPRINT = 'f'.repeat(64);

/** A log and a Vault, with the sweep over both. The clock stands at the log's end until `days` later. */
function world(more: { readonly replacedLogIds?: readonly string[] } = {}) {
  const history = createHistory();
  const now = () => history.now();
  const vault = createMemorySecrets(now);
  const log = { view: () => history.reader.view(), entriesBackwards: () => history.reader.entriesBackwards() };
  let commits = 0;
  const secretOf = (name = 'team') => find(history.state(), 'Secret', name)?.value ?? null;
  const set = (after: Secret | null, operation: string, more: { readonly open?: boolean } = {}) => {
    const name = after?.name ?? 'team';
    history.commit(`c${++commits}`, [changeOf('Secret', name, secretOf(name), after)], { operation, ...more });
  };
  return {
    history,
    vault,
    set,
    secretOf,
    later: (days: number) => history.wait(days * DAY_MINUTES),
    sweep: createValueSweep({ log, secrets: vault, now, keepValuesMs: 7 * DAY_MS, ...more }),
    async keep(edition: string, name = 'team') {
      await vault.keep(vaultPathOf({ kind: 'basic-auth', name, edition }), { ada: 'hash' });
      await vault.keep(`plain/${vaultPathOf({ kind: 'basic-auth', name, edition })}`, { ada: 'password' });
    },
    editions: (name = 'team') => vault.list(`basic-auth/${name}`),
    /** Takes the secret through a whole rotation to a new edition. */
    async rotate(edition: string, last: 'prove-refused' | 'grace' | 'undo' = 'prove-refused') {
      const before = secretOf()!;
      const version = before.version + 1;
      const rotation: Rotation = {
        ...{ id: `r-${edition}`, strategy: 'dual-secret', revokesFirst: false, phase: 'preflight', by: 'ada' },
        ...{ phaseSince: now(), startedAt: now(), former: { version: before.version, edition: before.edition } },
        ...{ next: { version, edition }, older: null, isBrought: false, grace: '0s', graceUntil: null, holdAt: null },
        ...{
          isHeld: false,
          maxAttempts: 10,
          attempts: 0,
          problem: null,
          isStuck: false,
          revokedAt: null,
          downMs: null,
        },
      };
      set({ ...before, rotation }, 'secret.rotate');
      await this.keep(edition);
      for (;;) {
        const held = secretOf()!;
        if (held.rotation === null) return;
        const { phase } = held.rotation;
        if (phase === last && last === 'grace') return;
        const fails = last === 'undo' && phase === 'prove';
        const event = fails ? ({ kind: 'failed', problem: 'refused' } as const) : ({ kind: 'done' } as const);
        set(afterEvent(held, event, history.now()), `secret.rotation.${phase}`);
      }
    },
  };
}

const team = (edition: string, version = 1) => newSecret({ name: 'team', kind: 'basic-auth', version, edition });

describe('the sweep of old values', () => {
  it('destroys what a rotation replaced at its end, with its texts, and not before', async () => {
    const one = world();
    const { set, sweep, editions, vault } = one;
    await one.keep(id('a'));
    set(team(id('a')), 'secret.create');
    await one.rotate(id('b'), 'grace');
    expect(await sweep()).toEqual([]);
    expect(await editions()).toEqual([id('a'), id('b')]);
    for (const phase of ['grace', 'revoke', 'prove-refused']) {
      expect(await editions()).toEqual([id('a'), id('b')]);
      set(afterEvent(one.secretOf()!, { kind: 'done' }, one.history.now()), `secret.rotation.${phase}`);
    }
    expect(await sweep()).toEqual([`basic-auth/team/${id('a')}`, `plain/basic-auth/team/${id('a')}`]);
    expect(await editions()).toEqual([id('b')]);
    expect(await vault.list('plain/basic-auth/team')).toEqual([id('b')]);
    expect(await sweep()).toEqual([]);
  });

  it('keeps as many rotated values as the schedule of the secret says, the newest ones', async () => {
    const one = world();
    await one.keep(id('a'));
    const keeping = schedule('rotate-team', { every: '720h', action: rotating('team', { keepVersions: 2 }) });
    one.history.commit('s', [changeOf('Schedule', 'rotate-team', null, keeping)]);
    one.set(team(id('a')), 'secret.create');
    for (const letter of ['b', 'c', 'd', 'e']) await one.rotate(id(letter));
    await one.sweep();
    expect(await one.editions()).toEqual([id('c'), id('d'), id('e')]);
  });

  it('destroys the new value of a rotation that was undone, and keeps the one in force', async () => {
    const one = world();
    await one.keep(id('a'));
    one.set(team(id('a')), 'secret.create');
    await one.rotate(id('b'), 'undo');
    await one.sweep();
    expect(await one.editions()).toEqual([id('a')]);
  });

  it('keeps what update secret and delete secret replaced for seven days', async () => {
    const one = world();
    await one.keep(id('a'));
    one.set(team(id('a')), 'secret.create');
    await one.keep(id('b'));
    one.set(team(id('b'), 2), 'secret.update');
    one.later(6);
    expect(await one.sweep()).toEqual([]);
    one.later(2);
    await one.sweep();
    expect(await one.editions()).toEqual([id('b')]);
    one.set(null, 'secret.delete');
    one.later(8);
    await one.sweep();
    expect(await one.editions()).toEqual([]);
  });

  it('destroys what was replaced before a rotation together with what the rotation replaced', async () => {
    const one = world();
    await one.keep(id('a'));
    one.set(team(id('a')), 'secret.create');
    await one.keep(id('b'));
    one.set(team(id('b'), 2), 'secret.update');
    await one.rotate(id('c'));
    await one.sweep();
    expect(await one.editions()).toEqual([id('c')]);
  });

  it('keeps a value that no commit names, since an operation may be about to commit it', async () => {
    const one = world();
    await one.keep(id('a'));
    expect(await one.sweep()).toEqual([]);
    one.set(team(id('a')), 'secret.create');
    one.later(8);
    expect(await one.sweep()).toEqual([]);
    await one.keep(id('b'));
    await one.sweep();
    one.later(8);
    await one.sweep();
    expect(await one.editions()).toEqual([id('a')]);
  });

  it('keeps a value while the operation that replaced it has no outcome', async () => {
    const one = world();
    await one.keep(id('a'));
    one.set(team(id('a')), 'secret.create');
    await one.keep(id('b'));
    one.set(team(id('b'), 2), 'secret.update', { open: true });
    one.later(30);
    expect(await one.sweep()).toEqual([]);
    expect(await one.editions()).toEqual([id('a'), id('b')]);
  });

  it('keeps the key of a certificate that a route uses, and for seven days the one that it had', async () => {
    const { history, vault, sweep, later } = world();
    await vault.keep(`tls/${FINGERPRINT}`, { key: 'key' });
    const certificate = { chain: 'chain', fingerprint: FINGERPRINT, notAfter: '2027-01-01T00:00:00.000Z' };
    const plain = route('app.example.com');
    const secured = { ...plain, tls: { ...plain.tls, certificate } } as typeof plain;
    history.commit('r1', [routeChange(null, secured)]);
    later(30);
    expect(await sweep()).toEqual([]);
    history.commit('r2', [routeChange(secured, null)]);
    expect(await vault.read(`tls/${FINGERPRINT}`)).not.toBeNull();
    await sweep();
    later(8);
    expect(await sweep()).toEqual([`tls/${FINGERPRINT}`]);
  });

  it('counts anew when a value was used again in between', async () => {
    const one = world();
    await one.keep(id('a'));
    await one.keep(id('b'));
    one.set(team(id('a')), 'secret.create');
    one.set(team(id('b'), 2), 'secret.update');
    await one.sweep();
    one.set(team(id('a'), 3), 'secret.update');
    await one.sweep();
    one.later(6);
    one.set(team(id('b'), 4), 'secret.update');
    one.later(6);
    await one.sweep();
    expect(await one.editions()).toEqual([id('a'), id('b')]);
    one.later(2);
    await one.sweep();
    expect(await one.editions()).toEqual([id('b')]);
  });

  it('destroys nothing where the values belong to another log, and says so', async () => {
    const one = world();
    await one.vault.keep('owner/log', { log: 'another' });
    await one.keep(id('a'));
    one.later(30);
    await expect(one.sweep()).rejects.toMatchObject({
      kind: 'lost',
      message: expect.stringContaining('another') as string,
    });
    expect(await one.editions()).toEqual([id('a')]);
  });

  it('takes over the values of a log that a restore replaced', async () => {
    const one = world({ replacedLogIds: ['first'] });
    await one.vault.keep('owner/log', { log: 'first' });
    expect(await one.sweep()).toEqual([]);
    const { logId } = await one.history.reader.view();
    expect(await one.vault.read('owner/log')).toEqual({ log: logId });
  });

  it('removes what a check of Vault left, but not that of one which runs', async () => {
    const { vault, sweep } = world();
    await vault.keep('preflight/one', { probe: 'x' });
    expect(await sweep()).toEqual([]);
    expect(await sweep()).toEqual(['preflight/one']);
  });
});
