import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync, createReadStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { admitBackup } from '../../../src/activities/backup/admit.js';
import { endBackup } from '../../../src/activities/backup/end.js';
import { spooled } from '../../../src/activities/backup/pack.js';
import { sendBackup } from '../../../src/activities/backup/send.js';
import type { Dependencies } from '../../../src/activities/dependencies.js';
import { createArchives } from '../../../src/adapters/backup/archive/index.js';
import { createBackupSpool } from '../../../src/adapters/backup/spool.js';
import { createOpenStore } from '../../../src/adapters/backup/stores/open-store.js';
import { createMemorySecrets } from '../../../src/adapters/memory/secrets.js';
import type { BackupRecord } from '../../../src/domain/backup/manifest.js';
import type { Outcome } from '../../../src/domain/log/commit.js';
import { Failure } from '../../../src/ports/failure.js';
import type { BackupGrant, MakeBackupRequest } from '../../../src/workflows/contracts/backup.js';
import { createHistory, type History } from '../../builders/history.js';
import { route, routeChange } from '../../builders/log.js';
import { trustInMemory } from '../../builders/trust.js';

let root: string;
let count = 0;
beforeAll(() => void (root = mkdtempSync(join(tmpdir(), 'hecate-making-'))));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const caller = { workflowId: 'hecate-1a2b3c4d/backup', runId: 'run-1', isStandalone: false, activity: 'x' };
const attempt = { signal: new AbortController().signal, report: () => undefined };

/** The systems of a worker over a log in memory, and folders. */
function lab() {
  const home = join(root, `home-${++count}`);
  const history: History = createHistory();
  const outcomes: Omit<Outcome, 'type'>[] = [];
  const secrets = createMemorySecrets();
  let writes = 0;
  const archives = createArchives();
  const archive = {
    end: async () => ({ last: history.entries.length, bytes: history.entries.length * 100 }),
    async *messages(from: number, to: number) {
      for (const { position, message } of history.entries.slice(from - 1, to)) {
        const { sequence } = position;
        yield { sequence, subject: 'hecate.commit.x', time: history.now(), data: JSON.stringify(message) };
      }
    },
    blob: async () => null,
  };
  const deps = {
    log: { ...history.reader, record: async (outcome: Omit<Outcome, 'type'>) => void outcomes.push(outcome) },
    ...{ secrets, now: () => history.now(), ...trustInMemory() },
    backups: {
      archives: {
        ...archives,
        write: (...args: Parameters<typeof archives.write>) => {
          writes += 1;
          return archives.write(...args);
        },
      },
      openStore: createOpenStore({ reserved: [], env: {} }),
      identity: { recipients: async () => [], identities: async () => [], warning: async () => 'not exported' },
      ...{ log: archive, spool: createBackupSpool(join(home, 'spool')), stateParts: () => [] },
      files: () => ({
        async *identities() {
          yield { path: 'identities/nats/worker.seed', content: Buffer.from('seed') };
        },
        async *caddyStorage() {},
        omitted: () => ['the storage of caddy-2'],
      }),
      ...{ environment: { name: 'main', id: 'main' }, version: '0.7.0' },
    },
  } as unknown as Dependencies;
  return { deps, history, outcomes, secrets, writes: () => writes, home };
}

const requestTo = (places: readonly string[], more: Partial<MakeBackupRequest> = {}): MakeBackupRequest => ({
  ...{ id: 'b1', operation: 'backup.full', subject: places.join(', '), actor: 'ada', reason: null },
  destinations: places.map((place) => ({ place, stagedAccess: null })),
  ...{ isDryRun: false, since: null, isFullIfNone: false, components: null, isEncrypted: true, lockDays: null },
  ...more,
});

async function granted(deps: Dependencies, request: MakeBackupRequest): Promise<BackupGrant> {
  const admitted = await admitBackup(deps, { caller }, request);
  if (admitted.kind !== 'make') throw new Error(JSON.stringify(admitted));
  return admitted.grant;
}

/** Carries a grant out at all its places. */
async function made(deps: Dependencies, grant: BackupGrant, kind: 'finish' | 'cancel' = 'finish') {
  const sent = [];
  for (const place of grant.places) sent.push(await sendBackup(deps, caller, { grant, place }, attempt));
  return endBackup(deps, caller, { grant, ending: { kind, sent, problems: [], reason: null } });
}

let one: ReturnType<typeof lab>;
let place: string;
beforeEach(() => {
  one = lab();
  place = join(root, `place-${count}`);
  one.history.commit('a', [routeChange(null, route('a.example.com'))]);
});

const since = (text: string) => ({ operation: 'backup.incremental', since: text }) as const;

describe('a backup', () => {
  it('has its parts, what is not in it, and moves latest after it is whole', async () => {
    await one.secrets.keep('basic-auth/team/abc', { user: 'x' });
    await one.secrets.keep('preflight/x', { user: 'x' });
    const grant = await granted(one.deps, requestTo([place]));
    const { record, omits } = await spooled(one.deps, caller.runId, grant, attempt);
    expect(omits).toContain('the storage of caddy-2');
    const paths: string[] = [];
    const archive = createReadStream(join(one.home, 'spool', caller.runId, record.file));
    await createArchives().read(archive, { identities: [], onPart: ({ path }) => void paths.push(path) });
    expect(paths).toEqual([
      ...['log/000000001-000000002.jsonl', 'secrets/basic-auth/team/abc.json', 'identities/nats/worker.seed'],
    ]);
    expect(readdirSync(place)).toEqual(['hecate-destination.json']);
    expect(await made(one.deps, grant)).toMatchObject({ destinations: [{ isWhole: true, isLatest: true }] });
    expect(JSON.parse(readFileSync(join(place, 'latest'), 'utf8'))).toMatchObject({ name: grant.backup.name });
    expect(one.outcomes).toMatchObject([
      { id: 'backup:run-1', result: 'completed', attempt: { operation: 'backup.full', subject: place, actor: 'ada' } },
    ]);
  });

  it('is packed once, also for another destination and another attempt', async () => {
    const grant = await granted(one.deps, requestTo([place, `${place}-2`]));
    await made(one.deps, grant);
    expect(one.writes()).toBe(1);
  });

  it('is the state of its moment, whatever was committed since', async () => {
    const grant = await granted(one.deps, requestTo([place]));
    one.history.commit('b', [routeChange(null, route('b.example.com'))]);
    const { record, messages } = await spooled(one.deps, caller.runId, grant, attempt);
    expect([record.range?.to, messages]).toEqual([2, 2]);
  });

  it('moves no latest for a destination that nobody proves to have it', async () => {
    const grant = await granted(one.deps, requestTo([place]));
    await spooled(one.deps, caller.runId, grant, attempt);
    const sent = [{ place, sha256: 'a'.repeat(64), seal: 'forged' }];
    const ended = await endBackup(one.deps, caller, {
      grant,
      ending: { kind: 'finish', sent, problems: [], reason: null },
    });
    expect(ended.destinations).toEqual([{ place, isWhole: false, isLatest: false }]);
    expect(readdirSync(place)).not.toContain('latest');
  });

  it('moves no latest when it was cancelled, and leaves nothing in the spool', async () => {
    const grant = await granted(one.deps, requestTo([place]));
    expect(await made(one.deps, grant, 'cancel')).toMatchObject({ destinations: [{ isWhole: true, isLatest: false }] });
    expect(one.outcomes).toMatchObject([{ result: 'cancelled' }]);
    expect(readdirSync(join(one.home, 'spool'))).toEqual([]);
  });

  it.each<[what: string, more: Partial<MakeBackupRequest>, said: RegExp]>([
    ['without encryption', { isEncrypted: false }, /always encrypted/],
    ['with a lock in a folder', { lockDays: 30 }, /only S3 can/],
    ['to a relative folder', { destinations: [{ place: 'x', stagedAccess: null }] }, /not valid/],
    ['to no destination', { destinations: [] }, /1 to 10/],
    ['of an unknown component', { operation: 'backup.components', components: ['rouets'] }, /not a component/],
    ['since the last, of which there is none', since('last'), /nothing that an incremental/],
  ])('%s is refused, and that is in the history', async (_what, more, said) => {
    await expect(admitBackup(one.deps, { caller }, requestTo([place], more))).rejects.toThrow(said);
    expect(one.outcomes).toMatchObject([{ result: 'refused' }]);
  });

  it('to the destination of another environment is refused', async () => {
    const owner = { format: 'hecate-backup-destination', version: 1, logId: 'other', environment: 'staging' } as const;
    await (await one.deps.backups.openStore(place, null)).claim(owner);
    await expect(granted(one.deps, requestTo([place]))).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('goes to the other destination when one cannot be opened', async () => {
    writeFileSync(`${place}-file`, 'not a folder');
    const grant = await granted(one.deps, requestTo([place, `${place}-file`]));
    expect(grant.places).toEqual([place]);
    expect(grant.problems).toMatchObject([{ place: `${place}-file` }]);
    expect(await made(one.deps, grant)).toMatchObject({ destinations: [{ isWhole: true, isLatest: true }] });
    expect(one.outcomes.at(-1)).toMatchObject({ result: 'failed' });
  });
});

describe('an incremental backup', () => {
  it('begins after the last one, and holds the messages since', async () => {
    await made(one.deps, await granted(one.deps, requestTo([place])));
    one.history.commit('b', [routeChange(null, route('b.example.com'))]);
    const { backup } = await granted(one.deps, requestTo([place], since('last')));
    expect(backup).toMatchObject({ kind: 'incremental', range: { from: 3, to: 4 }, parent: { to: 2 } });
  });

  it('begins after the destination that has the least', async () => {
    await made(one.deps, await granted(one.deps, requestTo([place, `${place}-2`])));
    one.history.commit('b', [routeChange(null, route('b.example.com'))]);
    await made(one.deps, await granted(one.deps, requestTo([place], since('last'))));
    one.history.commit('c', [routeChange(null, route('c.example.com'))]);
    const { backup } = await granted(one.deps, requestTo([place, `${place}-2`], since('last')));
    expect(backup).toMatchObject({ range: { from: 3, to: 6 }, parent: { to: 2 } });
  });

  it('is not made without a new commit', async () => {
    await made(one.deps, await granted(one.deps, requestTo([place])));
    expect(await admitBackup(one.deps, { caller }, requestTo([place], since('last')))).toMatchObject({
      kind: 'nothing',
    });
  });

  it('goes on from its own past, and not from one that was given up', async () => {
    await made(one.deps, await granted(one.deps, requestTo([place])));
    one.history.commit('b', [routeChange(null, route('b.example.com'))]);
    await made(one.deps, await granted(one.deps, requestTo([place], since('last'))));
    // An older backup was restored on a new machine, and its log has one commit since: another one at the same sequence.
    const file = readdirSync(place).find((name) => /-incremental-.*-3-4\.json$/.test(name)) ?? '';
    const record = JSON.parse(readFileSync(join(place, file), 'utf8')) as BackupRecord;
    const head = { sequence: record.range?.head?.sequence, hash: 'of-the-past-that-was-given-up' };
    writeFileSync(join(place, file), JSON.stringify({ ...record, range: { ...record.range, head } }));
    const { backup } = await granted(one.deps, requestTo([place], since('last')));
    expect(backup).toMatchObject({ range: { from: 3, to: 4 }, parent: { to: 2 } });
    const next = { ...head, sequence: 33 };
    writeFileSync(join(place, file), JSON.stringify({ ...record, range: { from: 3, to: 34, head: next } }));
    expect((await granted(one.deps, requestTo([place], since('last')))).backup).toMatchObject({ parent: { to: 2 } });
  });

  it('since a time that no backup covers begins at the first commit after it, and names the gap', async () => {
    const before = one.history.now();
    one.history.wait(10);
    one.history.commit('b', [routeChange(null, route('b.example.com'))]);
    const { backup, warnings } = await granted(one.deps, requestTo([place], since(before)));
    expect(backup).toMatchObject({ range: { from: 2, to: 4 }, parent: null });
    expect(warnings.join()).toContain('has the messages 1 to 1 of the log');
  });

  it('is a full one for a schedule whose destination has none', async () => {
    const { backup } = await granted(one.deps, requestTo([place], { ...since('last'), isFullIfNone: true }));
    expect(backup).toMatchObject({ kind: 'full', range: { from: 1 } });
  });
});

describe('a dry run', () => {
  it('says what would be in it, and writes nothing', async () => {
    const answer = await admitBackup(one.deps, { caller }, requestTo([place], { isDryRun: true }));
    expect(answer).toMatchObject({ kind: 'preview', preview: { kind: 'full', range: { from: 1, to: 2 } } });
    expect([one.outcomes, readdirSync(root).includes(place.slice(root.length + 1))]).toEqual([[], false]);
  });
});

describe('credentials that were handed over', () => {
  const access = JSON.stringify({ endpoint: null, region: 'eu-central-1', pathStyle: false, credentials: null });

  it('are kept for later runs only when they work', async () => {
    const [refusing, opened] = [{ value: true }, [] as unknown[]];
    const openStore = async (destination: string, given: unknown) => {
      opened.push(given);
      const store = await createOpenStore({ reserved: [], env: {} })(place, null);
      if (refusing.value) return { ...store, owner: () => Promise.reject(new Failure('denied', 'AccessDenied')) };
      return { ...store, place: destination };
    };
    const deps = { ...one.deps, backups: { ...one.deps.backups, openStore } } as Dependencies;
    const s3 = 's3://bucket/x/';
    const request = requestTo([s3], { destinations: [{ place: s3, stagedAccess: 'staged-1' }] });
    await one.secrets.stage('staged-1', access);
    await expect(granted(deps, request)).rejects.toMatchObject({ kind: 'denied' });
    expect(await one.secrets.list('backup')).toEqual([]);
    refusing.value = false;
    await granted(deps, request);
    expect(await one.secrets.staged('staged-1')).toBeNull();
    await granted(deps, requestTo([s3]));
    expect(opened.at(-1)).toEqual(JSON.parse(access));
  });
});
