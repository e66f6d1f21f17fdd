import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createReadStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createArchives } from '../../src/adapters/backup/archive/index.js';
import { readIdentityFile } from '../../src/adapters/backup/identity.js';
import type { DrillReport } from '../../src/domain/backup/drill.js';
import type { BackupProof, BackupRecord, LatestBackup, Part } from '../../src/domain/backup/manifest.js';
import type { NewPart } from '../../src/ports/backup/backups.js';
import { homeLayout } from '../../src/stack/home-layout.js';
import { eventually, startStack, startUpstream, type TestStack } from './stack.js';

const [PLAIN, GUARDED, SIGNED_IN] = ['plain.example.com', 'guarded.example.com', 'team.example.com'];

let stack: TestStack;
let upstream: Awaited<ReturnType<typeof startUpstream>>;
let folder: string;

async function done(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await stack.run(...args);
  expect(status, stderr).toBe(0);
  return stdout;
}
const latest = () => read<LatestBackup>(join(folder, 'latest'));
const read = <T>(file: string) => JSON.parse(readFileSync(file, 'utf8')) as T;

beforeAll(async () => {
  [stack, upstream] = [startStack(), await startUpstream('up')];
  folder = mkdtempSync(join(tmpdir(), 'hecate-e2e-drill-'));
  const accounts = join(folder, 'team.txt');
  writeFileSync(accounts, 'ada:correct-horse-battery\n');
  await done('create', 'secret', '--name', 'team', '--kind', 'basic-auth', '--from-file', accounts);
  rmSync(accounts);
  const route = (domain: string, ...more: string[]) =>
    done('create', 'route', '--domain', domain, '--upstream', upstream.address, ...more);
  await route(PLAIN);
  await route(GUARDED, '--middleware', 'basic-auth:team');
  await route(SIGNED_IN, '--require-mfa');
  await done('create', 'schedule', 'backup', '--every', '10s', '--destination', folder);
  await eventually(async () => readdirSync(folder), (names) => names.includes('latest'), 60_000); // prettier-ignore
  await done('delete', 'schedule', '--name', 'backup');
});
afterAll(() => {
  stack.stop();
  upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a drill, and returns its report with the exit code. */
async function drill(from: string, ...more: string[]): Promise<DrillReport & { readonly code: number | null }> {
  const { status, stdout, stderr } = await stack.run('backup', 'drill', '--from', from, '-o', 'json', ...more);
  expect(stdout, stderr).toContain('"passed"');
  return { ...(JSON.parse(stdout) as DrillReport), code: status };
}
const leftovers = () => readdirSync(tmpdir()).filter((name) => name.startsWith('hecate-drill-'));

/** Writes the latest backup into a new folder, without the parts below a path. */
async function without(path: string): Promise<string> {
  const archives = createArchives();
  const identities = await readIdentityFile(homeLayout(stack.home).backupIdentity);
  const record = read<BackupRecord>(join(folder, `${latest().name}.json`));
  const parts: NewPart[] = [];
  const manifest = await archives.read(createReadStream(join(folder, record.file)), {
    identities,
    onPart: ({ path: of, content }) => void (of.startsWith(path) || parts.push({ path: of, content })),
  });
  const target = join(folder, 'other');
  mkdirSync(target, { mode: 0o700 });
  // The archive has its own README and manifest.
  const kept = parts.filter((part) => !['README.txt', 'manifest.json'].includes(part.path));
  const content = {
    parts: toAsync(kept),
    manifest: (list: readonly Part[]) => ({ ...manifest, parts: [...list] }),
  };
  const written = await archives.write(join(target, record.file), content, { recipients: record.recipients });
  const { bytes, sha256 } = written;
  writeFileSync(join(target, `${record.name}.json`), JSON.stringify({ ...record, bytes, sha256 }), { mode: 0o600 });
  writeFileSync(join(target, 'latest'), JSON.stringify({ ...latest(), sha256 }), { mode: 0o600 });
  return target;
}

async function* toAsync(parts: readonly NewPart[]): AsyncIterable<NewPart> {
  yield* parts;
}

describe('a restore drill', () => {
  it('passes on a good backup, keeps the proof beside it, and is in the history', { timeout: 120_000 }, async () => {
    const report = await drill(folder, '--reason', 'each month');
    expect(report.comparisons.filter(({ verdict }) => verdict === 'differs')).toEqual([]);
    expect(report).toMatchObject({ code: 0, passed: true, hosts: 3, differed: 0, problem: null, name: latest().name });
    const proof = read<BackupProof>(join(folder, `${report.name}.proof.json`));
    expect(proof).toMatchObject({ passed: true, hosts: 3, sha256: latest().sha256 });
    const history = await done('history', '--operation', 'backup.drill');
    expect(history).toMatch(/backup\.drill .*completed/);
    expect(history).toContain('each month');
    expect(leftovers()).toEqual([]);
  });

  it('names what was changed since the backup, and does not fail for it', { timeout: 120_000 }, async () => {
    const other = await startUpstream('other');
    await done('delete', 'route', '--domain', PLAIN);
    const report = await drill(folder);
    await done('create', 'route', '--domain', PLAIN, '--upstream', upstream.address);
    other.close();
    expect(report).toMatchObject({ code: 0, passed: true, changed: 1 });
    expect(report.changedSince).toContain(`Route/${PLAIN}`);
    expect(report.comparisons.find(({ host }) => host === PLAIN)).toMatchObject({ verdict: 'changed' });
  });

  it(
    'fails when the secrets are missing, with exit code 1, and leaves nothing behind',
    { timeout: 120_000 },
    async () => {
      const target = await without('secrets/');
      const report = await drill(target);
      expect(report).toMatchObject({ code: 1, passed: false });
      expect(report.problem).toContain('lacks these values of Vault');
      expect(report.comparisons.filter(({ verdict }) => verdict === 'differs').map(({ host }) => host)).toContain(
        GUARDED,
      );
      expect(read<BackupProof>(join(target, `${report.name}.proof.json`))).toMatchObject({ passed: false });
      expect(await done('history', '--operation', 'backup.drill')).toMatch(/backup\.drill .*failed/);
      expect(leftovers()).toEqual([]);
    },
  );

  it('refuses a damaged backup and a missing one before it starts anything', { timeout: 60_000 }, async () => {
    const { file } = read<BackupRecord>(join(folder, `${latest().name}.json`));
    const whole = readFileSync(join(folder, file));
    const flipped = Buffer.from(whole);
    flipped[Math.floor(flipped.length / 2)]! ^= 1;
    writeFileSync(join(folder, file), flipped);
    const damaged = await stack.run('backup', 'drill', '--from', folder);
    writeFileSync(join(folder, file), whole);
    expect([damaged.status, damaged.stderr]).toEqual([2, expect.stringContaining(file)]);
    const missing = await stack.run('backup', 'drill', '--from', join(folder, 'nothing'));
    expect(missing.status).toBe(3);
    expect(leftovers()).toEqual([]);
  });

  it('removes what a killed drill left, and ends its servers', { timeout: 120_000 }, async () => {
    const begun = stack.begin('backup', 'drill', '--from', folder);
    await expect.poll(() => begun.stderr(), { timeout: 60_000, interval: 100 }).toContain('restoring the secrets');
    const [left] = leftovers();
    const owner = read<{ pid: number }>(join(tmpdir(), left ?? '', 'owner.json'));
    process.kill(owner.pid, 'SIGKILL');
    expect((await begun.finished).status).toBe(6);
    expect(statSync(join(tmpdir(), left ?? '')).mode & 0o777).toBe(0o700);
    const serversOf = () =>
      readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandOf(pid).includes(left ?? ''));
    await expect.poll(serversOf, { timeout: 15_000, interval: 200 }).toEqual([]);
    expect(await drill(folder)).toMatchObject({ code: 0, passed: true });
    expect(leftovers()).toEqual([]);
  });

  it('runs by a schedule, whose last run has the result', { timeout: 180_000 }, async () => {
    await done('create', 'schedule', 'drill', '--every', '20s', '--from', folder);
    const lastRun = async () => {
      const shown = JSON.parse(await done('read', 'schedule', '--name', 'drill', '-o', 'json')) as {
        readonly status: { readonly lastRun: { readonly outcome: string; readonly message: string } | null };
      };
      return shown.status.lastRun;
    };
    await expect
      .poll(lastRun, { timeout: 150_000, interval: 2_000 })
      .toMatchObject({ outcome: 'ok', message: expect.stringContaining('answer as the live ones do') as string });
    await done('delete', 'schedule', '--name', 'drill');
  });
});

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
