import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BackupRecord, LatestBackup } from '../../src/domain/backup/manifest.js';
import type { MadeBackup } from '../../src/workflows/contracts/backup.js';
import { startMoto, type S3Server } from '../contracts/s3-servers.js';
import { eventually, startStack, startUpstream, type TestStack } from './stack.js';

const BIN = join(import.meta.dirname, '../../bin/hecate');

let stack: TestStack;
let upstream: Awaited<ReturnType<typeof startUpstream>>;
let s3: S3Server;
let root: string;
let count = 0;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'hecate-backups-'));
  [stack, upstream, s3] = [startStack(), await startUpstream('up'), await startMoto()];
  await changed();
});
afterAll(async () => {
  stack.stop();
  upstream.close();
  await s3.stop();
  rmSync(root, { recursive: true, force: true });
});

/** Commits one more route. */
async function changed() {
  const made = await stack.run(
    'create',
    'route',
    '--domain',
    `r${++count}.example.com`,
    '--upstream',
    upstream.address,
  );
  expect(made.status, made.stderr).toBe(0);
}

const folder = (name: string) => join(root, name);
const readJson = <T>(file: string) => JSON.parse(readFileSync(file, 'utf8')) as T;
const latestOf = (place: string) => readJson<LatestBackup>(join(place, 'latest')).name;
const recordsOf = (place: string) =>
  readdirSync(place)
    .filter((name) => /^main-.*\d\.json$/.test(name))
    .map((name) => readJson<BackupRecord>(join(place, name)));

async function backUp(...args: string[]) {
  const { status, stdout, stderr } = await stack.run('backup', ...args, '-o', 'json');
  return {
    status,
    stderr,
    made: (stdout === '' ? {} : JSON.parse(stdout)) as MadeBackup & { readonly result: string },
  };
}

/** Runs a command with the credentials of the S3 server in its own environment, which the worker does not have. */
function withKeys(...args: string[]) {
  const aws = { AWS_ACCESS_KEY_ID: s3.accessKeyId, AWS_SECRET_ACCESS_KEY: s3.secretAccessKey };
  const env = { ...process.env, HECATE_HOME: stack.home, ...aws, AWS_ENDPOINT_URL_S3: s3.endpoint };
  return spawnSync(process.execPath, [BIN, ...args], { env, encoding: 'utf8' });
}

describe('backups in folders', () => {
  it('are whole at two destinations, private, and warn until the identity is elsewhere', async () => {
    const places = [folder('a'), folder('b')];
    const { status, made, stderr } = await backUp('full', '--destination', places[0]!, '--destination', places[1]!);
    expect(status, stderr).toBe(0);
    expect(made).toMatchObject({ result: 'made', isEncrypted: true, problems: [], range: { from: 1 } });
    expect(made.warnings.join()).toContain('hecate backup identity --export');
    expect(made.omits.join()).toContain('authentik’s own database');
    for (const place of places) {
      expect(latestOf(place)).toBe(made.name);
      const file = statSync(join(place, made.file));
      expect([file.size, file.mode & 0o777]).toEqual([made.bytes, 0o600]);
    }
    expect(existsSync(join(stack.home, 'backup', 'spool', 'x'))).toBe(false);
    expect(readdirSync(join(stack.home, 'backup', 'spool'))).toEqual([]);
  });

  it('go on from the last one where it went, with the size of the change, and write nothing without one', async () => {
    await backUp('full', '--destination', folder('chain'));
    const nothing = await backUp('incremental', '--since', 'last');
    expect([nothing.status, nothing.made.result]).toEqual([0, 'nothing']);
    const before = readdirSync(folder('chain')).length;
    await changed();
    const { made, status, stderr } = await backUp('incremental');
    expect(status, stderr).toBe(0);
    const [full] = recordsOf(folder('chain')).filter(({ kind }) => kind === 'full');
    expect(made.parent).toEqual({ name: full?.name, to: full?.range?.to });
    expect(made.range?.from).toBe((full?.range?.to ?? 0) + 1);
    expect(made.bytes).toBeLessThan((full?.bytes ?? 0) / 2);
    expect(readdirSync(folder('chain')).length).toBe(before + 2);
  });

  it('refuse an increment without a first one, a lock of a folder, and a second backup at the same time', async () => {
    expect(await backUp('incremental', '--destination', folder('none'))).toMatchObject({ status: 3 });
    const locked = await backUp('full', '--destination', folder('a'), '--lock', '30d');
    expect(locked).toMatchObject({ status: 2, stderr: expect.stringContaining('only S3 can') as string });
    const release = stack.freeze('worker');
    const first = stack.begin('backup', 'full', '--destination', folder('a'));
    try {
      const second = await eventually(
        () => stack.run('backup', 'full', '--destination', folder('a')),
        ({ status }) => status === 4,
      );
      expect(second.stderr).toContain('hecate follow backup');
    } finally {
      release();
    }
    expect((await first.finished).status).toBe(0);
  });

  it('reach the other destination when one fails; its latest moves, and the history says which failed', async () => {
    await changed();
    const { status, made } = await backUp('full', '--destination', folder('a'), '--destination', '/proc/nope');
    expect(status).toBe(1);
    expect(made.destinations).toEqual([{ place: folder('a'), isWhole: true, isLatest: true }]);
    expect(made.problems).toMatchObject([{ place: '/proc/nope' }]);
    expect(latestOf(folder('a'))).toBe(made.name);
    const history = await stack.run('history', '--operation', 'backup.full', '--limit', '1');
    expect(history.stdout).toMatch(/failed[^]*\/proc\/nope/);
  });

  it('finish after the worker was killed, once, and nothing stays in the spool', async () => {
    for (let round = 0; round < 3; round++) {
      await changed();
      const place = folder(`killed-${round}`);
      const running = stack.begin('backup', 'full', '--destination', place);
      await new Promise((done) => setTimeout(done, 900 + round * 150));
      process.kill(stack.pidOf('worker'), 'SIGKILL');
      const { status, stderr } = await running.finished;
      expect(status, stderr).toBe(0);
      const records = recordsOf(place);
      expect(records.map(({ name }) => name)).toEqual([latestOf(place)]);
      expect(readdirSync(place).sort()).toEqual(
        ['hecate-destination.json', 'latest', `${records[0]?.name}.json`, records[0]?.file].sort(),
      );
    }
    expect(readdirSync(join(stack.home, 'backup', 'spool'))).toEqual([]);
  });

  it('are removed by rules, and never what another one needs', async () => {
    const place = folder('chain');
    const plan = await stack.run(
      'backup',
      'prune',
      '--destination',
      place,
      '--keep-last',
      '1',
      '--dry-run',
      '-o',
      'json',
    );
    expect(JSON.parse(plan.stdout)).toMatchObject({ result: 'prune-preview', plans: [{ removed: [] }] });
    for (let i = 0; i < 2; i++) await backUp('full', '--destination', place);
    const pruned = await stack.run('backup', 'prune', '--destination', place, '--keep-last', '1', '-o', 'json');
    expect(pruned.status, pruned.stderr).toBe(0);
    expect(recordsOf(place).map(({ name }) => name)).toContain(latestOf(place));
    expect(recordsOf(place).filter(({ kind }) => kind === 'full')).toHaveLength(1);
  });
});

describe('backups in S3', () => {
  it('take the credentials of the command through Vault, keep them for later, and show them nowhere', () => {
    const place = 's3://bucket/hecate/';
    const first = withKeys('backup', 'full', '--destination', place, '-o', 'json');
    expect(first.status, first.stderr).toBe(0);
    const later = stack.hecate('backup', 'full', '--destination', place, '-o', 'json');
    expect(later.status, later.stderr).toBe(0);
    const logs = ['worker', 'temporal', 'nats'].map((name) =>
      readFileSync(join(stack.home, 'logs', `${name}.log`), 'utf8'),
    );
    const shown = [first.stdout, first.stderr, later.stdout, later.stderr, ...logs].join('\n');
    expect(shown).not.toContain(s3.secretAccessKey);
  });

  it('say what S3 said about a bucket that is not there', () => {
    const { status, stderr } = withKeys('backup', 'full', '--destination', 's3://gone/hecate/');
    expect(status, stderr).toBe(3);
    expect(stderr).toContain('gone');
  });
});
