import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { registerOwn, type Registering } from '../../../../src/activities/secrets/rotation/register-own.js';
import { createMemorySecrets } from '../../../../src/adapters/memory/secrets.js';
import type { Change, CommitDraft, LogEntry, Outcome } from '../../../../src/domain/log/commit.js';
import { emptyState, fold } from '../../../../src/domain/log/state.js';
import type { OwnCredentials } from '../../../../src/ports/credentials.js';
import { Failure } from '../../../../src/ports/failure.js';

const nats = { name: 'nats-worker', kind: 'nats-credentials', value: { seed: 'S1' }, plain: null } as const;
const authentik = {
  name: 'authentik-api-token',
  kind: 'authentik-token',
  value: { token: 'T1' },
  plain: null,
} as const;
const down = () => Promise.reject(new Failure('unavailable', 'authentik does not answer'));

function setUp() {
  const secrets = createMemorySecrets();
  const entries: LogEntry[] = [];
  const changes: Change[] = [];
  const add = (message: LogEntry['message']) => {
    const position = { sequence: entries.length + 1, hash: `${entries.length + 1}` };
    entries.push({ position, message } as LogEntry);
  };
  const log = {
    view: async () => Promise.resolve({ state: fold(emptyState, entries), logId: 'log' }),
    append: async (draft: CommitDraft) => {
      add({ ...draft, type: 'committed', previous: null });
      changes.push(...draft.changes);
      return Promise.resolve({ kind: 'appended' });
    },
    record: async (outcome: Omit<Outcome, 'type'>) => Promise.resolve(add({ ...outcome, type: 'ended' })),
  };
  const register = (...ownCredentials: OwnCredentials) => {
    const deps = { log, secrets, ownCredentials, now: () => new Date().toISOString(), sha256 };
    return registerOwn(deps as unknown as Registering);
  };
  return { changes, secrets, register };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('Hecate’s own credentials', () => {
  it('are in the log and in Vault, once', async () => {
    const { changes, secrets, register } = setUp();
    const both = [() => Promise.resolve([nats]), () => Promise.resolve([authentik])];
    expect(await register(...both)).toEqual({ names: ['nats-worker', 'authentik-api-token'], problems: [] });
    expect(await register(...both)).toEqual({ names: [], problems: [] });
    const [one] = changes;
    const { kind, name, edition } = one?.after as { kind: string; name: string; edition: string };
    expect(await secrets.read(`${kind}/${name}/${edition}`)).toEqual({ seed: 'S1' });
    expect(JSON.stringify(changes)).not.toContain('T1');
  });

  it('are registered as far as their systems answer, and the others later', async () => {
    const { register } = setUp();
    const problems = ['authentik does not answer'];
    expect(await register(down, () => Promise.resolve([nats]))).toEqual({ names: ['nats-worker'], problems });
    expect(await register(down, () => Promise.resolve([nats]))).toEqual({ names: [], problems });
    const up = () => Promise.resolve([authentik]);
    expect(await register(up, () => Promise.resolve([nats]))).toEqual({ names: ['authentik-api-token'], problems: [] });
  });
});
