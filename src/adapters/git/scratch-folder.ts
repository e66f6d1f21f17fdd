import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const OURS = /^hecate-git-(\d+)-/;
const inUse = new Set<string>();

/** Runs with an empty folder, which is gone afterwards; with it go those of processes that were killed meanwhile. */
export async function withScratchFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  await removeAbandoned();
  const folder = await mkdtemp(join(tmpdir(), `hecate-git-${process.pid}-`));
  inUse.add(basename(folder));
  try {
    return await run(folder);
  } finally {
    await remove(folder);
    inUse.delete(basename(folder));
  }
}

async function removeAbandoned(): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => []);
  const abandoned = names.filter((name) => {
    const pid = Number(OURS.exec(name)?.[1] ?? Number.NaN);
    // In a container the next process may have the number of the one before.
    return pid === process.pid ? !inUse.has(name) : !Number.isNaN(pid) && !isAlive(pid);
  });
  await Promise.all(abandoned.map((name) => remove(join(tmpdir(), name)).catch(() => undefined)));
}

/** What git is writing while it is killed may appear meanwhile. */
async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
