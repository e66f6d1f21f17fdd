import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { advanceRotation, type Rotating } from '../../../../src/activities/secrets/rotation/advance-rotation.js';
import { keepCredential } from '../../../../src/activities/secrets/rotation/credentials.js';
import { createMemorySecrets, type MemorySecrets } from '../../../../src/adapters/memory/secrets.js';
import {
  changeOf,
  type Commit,
  type CommitDraft,
  type LogEntry,
  type Outcome,
} from '../../../../src/domain/log/commit.js';
import { emptyState, find, fold } from '../../../../src/domain/log/state.js';
import { newSecret, type Secret } from '../../../../src/domain/resources/secret.js';
import { editionAt } from '../../../../src/domain/secrets/edition.js';
import { afterEvent, type Rotation } from '../../../../src/domain/secrets/rotation.js';
import type { Credential, Issuer } from '../../../../src/ports/credentials.js';
import { Failure } from '../../../../src/ports/failure.js';
import type { RotationStep } from '../../../../src/workflows/contracts/rotation.js';

const caller = { workflowId: 'hecate-1/rotation/api', runId: 'run', isStandalone: false, activity: 'advanceRotation' };
let nowMs: number;
const now = () => new Date((nowMs += 1_000)).toISOString();

/** A system with its valid credentials. Calls can fail before or after their effect. */
function createSystem() {
  const valid = new Map<string, string>();
  const calls: string[] = [];
  const plan: { fails: ((call: string, when: 'before' | 'after') => Error | null) | null } = { fails: null };
  let count = 0;
  const call = async <T>(name: string, effect: () => T): Promise<T> => {
    calls.push(name);
    const before = plan.fails?.(name, 'before');
    if (before) throw before;
    const result = effect();
    const after = plan.fails?.(name, 'after');
    if (after) throw after;
    return result;
  };
  const issuer: Issuer = {
    preflight: () => call('preflight', () => undefined),
    issue: (_, { edition }) =>
      call('issue', () => {
        const token = `token-${++count}`;
        valid.set(edition, token);
        return { value: { token }, plain: null };
      }),
    distribute: () => call('distribute', () => undefined),
    prove: (_, { edition, value }) =>
      call('prove', () => {
        if (valid.get(edition) !== value['token']) throw new Failure('denied', 'the new value is refused');
        return [{ name: 'worker', since: new Date(nowMs).toISOString() }];
      }),
    takeBack: () => call('takeBack', () => undefined),
    revoke: (_, edition) => call('revoke', () => void valid.delete(edition)),
    isAccepted: (_, { edition, value }: Credential) => call('isAccepted', () => valid.get(edition) === value['token']),
    removeOthers: (_, except) =>
      call('removeOthers', () => {
        const kept = new Set(except.map(({ edition }) => edition));
        const others = [...valid.keys()].filter((edition) => !kept.has(edition));
        for (const edition of others) valid.delete(edition);
        return others.length;
      }),
  };
  return { issuer, valid, calls, plan };
}

let log: LogEntry[];
let system: ReturnType<typeof createSystem>;
let vault: MemorySecrets;
let deps: Rotating;
const first = editionAt(1, '2026-01-01T00:00:00.000Z');
const next = editionAt(2, '2026-01-01T00:00:01.000Z');

function append(draft: CommitDraft): void {
  const message = { ...draft, type: 'committed', previous: null } satisfies Commit;
  log.push({ position: { sequence: log.length + 1, hash: `${log.length + 1}` }, message });
}

async function begin(more: Partial<Rotation> = {}): Promise<void> {
  const rotation: Rotation = {
    ...{ id: 'r1', strategy: 'dual-secret', revokesFirst: false, phase: 'preflight', phaseSince: now() },
    ...{ startedAt: now(), by: 'anna', older: null, isBrought: false, grace: '0s', graceUntil: null },
    ...{ former: { version: 1, edition: first }, next: { version: 2, edition: next } },
    ...{
      holdAt: null,
      isHeld: false,
      maxAttempts: 3,
      attempts: 0,
      problem: null,
      isStuck: false,
      revokedAt: null,
      downMs: null,
    },
    ...more,
  };
  const secret = { ...newSecret({ name: 'api', kind: 'authentik-token', version: 1, edition: first }), rotation };
  system.valid.set(first, 'token-0');
  await keepCredential(vault, secret, { edition: first, value: { token: 'token-0' }, plain: null });
  const changes = [changeOf('Secret', 'api', null, secret)];
  append({ id: 'begun', at: now(), actor: 'anna', reason: null, operation: 'secret.rotate', workflowId: 'w', changes });
  await deps.log.record({ id: 'begun', at: now(), result: 'completed', detail: null, behind: [] });
}

const secretNow = (): Secret => {
  const found = find(fold(emptyState, log), 'Secret', 'api');
  if (found === undefined) throw new Error('the secret is gone');
  return found.value;
};

/** Runs the rotation as its workflow does, until it ends or waits for a person. */
async function run(): Promise<RotationStep> {
  for (let rounds = 0; rounds < 100; rounds++) {
    const step = await advanceRotation(deps, 'api', caller).catch((error: unknown) => {
      if (error instanceof Crash) return null;
      throw error;
    });
    if (step === null) continue;
    if (step.kind === 'ended' || (step.kind === 'wait' && step.ms === null)) return step;
    if (step.kind === 'wait') nowMs += step.ms ?? 0;
  }
  throw new Error('the rotation does not end');
}

/** The death of the worker in the middle of an activity. */
class Crash extends Error {}

beforeEach(() => {
  nowMs = Date.parse('2026-01-01T00:00:00.000Z');
  log = [];
  system = createSystem();
  vault = createMemorySecrets();
  deps = {
    log: {
      view: async () => ({ logId: 'log-1', state: fold(emptyState, log) }),
      async append(draft: CommitDraft) {
        const present = log.find(({ message }) => message.type === 'committed' && message.id === draft.id);
        if (present) return { kind: 'present', ...present };
        append(draft);
        return { kind: 'appended', position: log.at(-1)?.position };
      },
      async record(outcome: Omit<Outcome, 'type'>) {
        const position = { sequence: log.length + 1, hash: `${log.length + 1}` };
        log.push({ position, message: { ...outcome, type: 'ended' } });
      },
    },
    ...{ now, newId: () => 'id', sha256: (text: string) => createHash('sha256').update(text).digest('hex') },
    seals: { seal: () => 'seal', holds: () => true },
    secrets: vault,
    issuers: { 'authentik-token': system.issuer },
  } as unknown as Rotating;
});

describe('dual-secret', () => {
  it('goes through its phases, each in the log, and leaves one credential', async () => {
    await begin();
    expect(await run()).toMatchObject({ kind: 'ended', result: 'completed' });
    expect(secretNow()).toMatchObject({ version: 2, edition: next, consumers: [{ name: 'worker', version: 2 }] });
    expect([...system.valid.keys()]).toEqual([next]);
    const told = log.flatMap(({ message }) => (message.type === 'committed' ? message.operation : []));
    expect(told).toEqual([
      'secret.rotate',
      ...['preflight', 'issue', 'store', 'distribute', 'prove', 'commit', 'grace', 'revoke', 'prove-refused'].map(
        (phase) => `secret.rotation.${phase}`,
      ),
    ]);
  });

  it.each(['preflight', 'issue', 'distribute', 'prove', 'revoke', 'isAccepted', 'removeOthers'])(
    'survives a crash before and after %s, and leaves one credential',
    async (call) => {
      for (const when of ['before', 'after']) {
        log = [];
        system.valid.clear();
        vault = createMemorySecrets();
        deps = { ...deps, secrets: vault };
        let left = 1;
        system.plan.fails = (name, at) => (name === call && at === when && left-- > 0 ? new Crash('killed') : null);
        await begin();
        expect(await run()).toMatchObject({ kind: 'ended', result: 'completed' });
        expect([...system.valid.keys()]).toEqual([next]);
      }
    },
  );

  it.each(['issue', 'distribute', 'prove'])(
    'is undone when %s is refused, and leaves the old credential',
    async (call) => {
      system.plan.fails = (name) => (name === call ? new Failure('denied', `${call} is not allowed`) : null);
      await begin();
      expect(await run()).toMatchObject({ kind: 'ended', result: 'undone', problem: `${call} is not allowed` });
      expect(secretNow()).toMatchObject({ version: 1, edition: first });
      expect([...system.valid.keys()]).toEqual([first]);
    },
  );

  it('tries again what may pass, and gives up after its attempts', async () => {
    let left = 2;
    const down = new Failure('unavailable', 'authentik does not answer', { hint: 'Wait' });
    system.plan.fails = (name) => (name === 'prove' && left-- > 0 ? down : null);
    await begin();
    expect(await run()).toMatchObject({ result: 'completed' });
    left = 3;
    system.valid.clear();
    log = [];
    await begin();
    expect(await run()).toMatchObject({
      result: 'undone',
      problem: 'authentik does not answer. Wait (3 attempts)',
    });
    expect([...system.valid.keys()]).toEqual([first]);
  });

  it('never repeats a message of an unknown error, which may hold a value', async () => {
    system.plan.fails = (name) => (name === 'distribute' ? new Error('token-1 is wrong') : null);
    await begin();
    expect(await run()).toMatchObject({ result: 'undone' });
    expect(JSON.stringify(log)).not.toContain('token-1');
  });

  it('says that a revoked value is still accepted', async () => {
    system.issuer.revoke = async () => undefined;
    await begin();
    expect(await run()).toMatchObject({ result: 'still-accepted' });
    expect(secretNow()).toMatchObject({ version: 2, rotation: null });
  });

  it('is stuck after its commit point when the old value cannot be revoked, and goes on when a person says so', async () => {
    system.plan.fails = (name) => (name === 'revoke' ? new Failure('denied', 'not allowed to delete') : null);
    await begin();
    expect(await run()).toMatchObject({ kind: 'wait', ms: null, view: { isStuck: true } });
    expect(secretNow()).toMatchObject({ version: 2, edition: next });
    system.plan.fails = null;
    const secret = secretNow();
    const changes = [changeOf('Secret', 'api', secret, afterEvent(secret, { kind: 'finish' }, now()))];
    const draft = { id: 'go', at: now(), actor: 'anna', reason: null, operation: 'secret.rotation.finish' };
    append({ ...draft, workflowId: 'w', changes });
    await deps.log.record({ id: 'go', at: now(), result: 'completed', detail: null, behind: [] });
    expect(await run()).toMatchObject({ result: 'completed' });
    expect([...system.valid.keys()]).toEqual([next]);
  });
});

it('an issuer that this worker lacks ends the rotation with the reason, and changes nothing', async () => {
  deps = { ...deps, issuers: { ...deps.issuers, 'authentik-token': 'no authentik is configured' } };
  await begin();
  expect(await run()).toMatchObject({ result: 'undone', problem: expect.stringContaining('no authentik') as string });
});

it('without Vault it is tried again, since Vault may come back', async () => {
  await begin();
  vault.reachable = false;
  const step = await advanceRotation(deps, 'api', caller);
  expect(step).toMatchObject({ kind: 'retry', problem: expect.stringContaining('Vault') as string });
  vault.reachable = true;
  expect(await run()).toMatchObject({ result: 'completed' });
});
