import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const OURS = /^hecate-git-(\d+)-/;
const inUse = new Set<string>();

/** Runs a function with a new temporary folder and removes the folder afterwards. Also removes those of killed processes. */
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
    // In a container, a new process may have the pid of an earlier one.
    return pid === process.pid ? !inUse.has(name) : !Number.isNaN(pid) && !isAlive(pid);
  });
  await Promise.all(abandoned.map((name) => remove(join(tmpdir(), name)).catch(() => undefined)));
}

/** Removes a folder. Retries, since a killed git may still create files in it. */
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
