import { existsSync, lstatSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { holderOf, takeForLife, withLock } from '../../../src/stack/processes/lock.js';
import { identify } from '../../../src/stack/processes/process-identity.js';

const folder = mkdtempSync(join(tmpdir(), 'hecate-lock-'));
const file = join(folder, 'up.lock');
const notices: string[] = [];
const held = (work: () => Promise<unknown> = async () => 'done') =>
  withLock({ file, timeoutMs: 0, doing: 'the stack is being started', onNotice: (line) => notices.push(line) }, work);

beforeEach(() => {
  rmSync(file, { force: true });
  notices.length = 0;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a lock', () => {
  it('names its holder from the moment it exists, and is gone after the work', async () => {
    await held(async () => {
      expect(lstatSync(file).isSymbolicLink()).toBe(true);
      expect(holderOf(file)).toEqual(identify(process.pid));
      await expect(held()).rejects.toMatchObject({ kind: 'conflict' });
    });
    expect(existsSync(file)).toBe(false);
  });

  it('of a dead process is taken over', async () => {
    symlinkSync('1 another-start', file);
    await expect(held()).resolves.toBe('done');
  });

  it('of an older version is respected while its process lives', async () => {
    writeFileSync(file, JSON.stringify(identify(process.pid)));
    await expect(held()).rejects.toMatchObject({ kind: 'conflict' });
    writeFileSync(file, JSON.stringify({ pid: 1, started: 'another-start' }));
    await expect(held()).resolves.toBe('done');
  });

  it.each(['', '{"pid":', 'null'])('that is damaged (%j) is replaced and named', async (content) => {
    writeFileSync(file, content);
    utimesSync(file, new Date(0), new Date(0));
    await expect(held()).resolves.toBe('done');
    expect(notices).toEqual([`${file} is empty or damaged; replaced it`]);
  });

  it('that was just created without a holder belongs to a process of an older version', async () => {
    writeFileSync(file, '');
    await expect(held()).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('for the life of a process is refused while another holds it', () => {
    const parent = identify(process.ppid);
    symlinkSync(`${parent?.pid} ${parent?.started}`, file);
    expect(takeForLife(file)).toEqual(parent);
    rmSync(file);
    expect(takeForLife(file)).toBeNull();
  });
});
