import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BackupRecord, LatestBackup } from '../../src/domain/backup/manifest.js';
import { startStack, type TestStack } from './stack.js';

let stack: TestStack;
let folder: string;

beforeAll(() => {
  stack = startStack();
  folder = mkdtempSync(join(tmpdir(), 'hecate-e2e-continuous-'));
});
afterAll(() => {
  stack.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function done(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await stack.run(...args);
  expect(status, stderr).toBe(0);
  return stdout;
}
const place = () => join(folder, 'backups');

/** Commits, and returns the sequence of the commit. */
async function commit(name: string): Promise<number> {
  const made = await done(
    'create',
    'route',
    '--domain',
    name,
    '--upstream',
    'unix//nowhere.sock',
    '--force',
    '-o',
    'json',
  );
  return (JSON.parse(made) as { readonly sequence: number }).sequence;
}

/** Newest message of the log in the latest backup; 0: there is none. */
function shippedTo(): number {
  try {
    const { name } = JSON.parse(readFileSync(join(place(), 'latest'), 'utf8')) as LatestBackup;
    return (JSON.parse(readFileSync(join(place(), `${name}.json`), 'utf8')) as BackupRecord).range?.to ?? 0;
  } catch {
    return 0;
  }
}
const untilShipped = (sequence: number, timeout = 15_000) =>
  expect.poll(shippedTo, { timeout, interval: 100 }).toBeGreaterThanOrEqual(sequence);
const shipped = () => readdirSync(place()).filter((name) => name.endsWith('-shipped.json'));

describe('a continuous backup', () => {
  it('begins with a full backup, and ships each commit within seconds', { timeout: 120_000 }, async () => {
    await done('create', 'schedule', 'backup', '--continuous', '--every', '1h', '--destination', place());
    await expect.poll(shippedTo, { timeout: 60_000, interval: 200 }).toBeGreaterThan(0);
    // The first shipment may wait for the end of the full backup.
    await untilShipped(await commit('a.example.com'), 60_000);
    await untilShipped(await commit('b.example.com'));
    expect(shipped().length).toBeGreaterThanOrEqual(1);
    // Shipments are not in the history, and cause no other ones.
    const count = shipped().length;
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    expect(shipped().length).toBe(count);
    expect(await done('list', 'schedules')).toContain('up to date');
  });

  it('goes on after SIGKILL of the worker', { timeout: 120_000 }, async () => {
    const { pid } = JSON.parse(readFileSync(join(stack.home, 'run', 'worker.ready'), 'utf8')) as {
      readonly pid: number;
    };
    process.kill(pid, 'SIGKILL');
    await untilShipped(await commit('c.example.com'), 60_000);
  });

  it('waits for a destination that is down, names it, and loses nothing', { timeout: 180_000 }, async () => {
    const before = shippedTo();
    renameSync(place(), `${place()}.away`);
    writeFileSync(place(), 'not a folder');
    await commit('d.example.com');
    const last = await commit('e.example.com');
    await expect.poll(() => done('list', 'schedules'), { timeout: 60_000, interval: 1_000 }).toContain('FAILING');
    const status = () => stack.run('status').then(({ stderr }) => stderr);
    await expect.poll(status, { timeout: 60_000, interval: 2_000 }).toContain('the continuous backup of schedule');
    rmSync(place());
    renameSync(`${place()}.away`, place());
    expect(shippedTo()).toBe(before);
    await untilShipped(last, 90_000);
  });

  it('joins what was shipped, and the joined backup can be restored', { timeout: 180_000 }, async () => {
    await done('update', 'schedule', '--name', 'backup-continuous', '--every', '10s');
    await expect.poll(() => shipped().length, { timeout: 60_000, interval: 500 }).toBe(0);
    await done('update', 'schedule', '--name', 'backup-continuous', '--every', '1h');
    const { status, stderr } = await stack.run('backup', 'drill', '--from', place());
    expect(status, stderr).toBe(0);
  });

  it('stops while the schedule is paused, and catches up', { timeout: 120_000 }, async () => {
    await done('update', 'schedule', '--name', 'backup-continuous', '--pause');
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const before = shippedTo();
    const last = await commit('f.example.com');
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    expect(shippedTo()).toBe(before);
    await done('update', 'schedule', '--name', 'backup-continuous', '--resume');
    await untilShipped(last, 60_000);
    await done('delete', 'schedule', '--name', 'backup-continuous');
  });
});
