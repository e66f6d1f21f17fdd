import { statfs } from 'node:fs/promises';
import type { DiskFact } from '../../domain/health/facts.js';

/** Returns the space on the file system of a folder that this user can use. */
export async function diskOf(name: string, folder: string): Promise<DiskFact> {
  const { bavail, blocks, bsize } = await statfs(folder);
  return { name, free: bavail * bsize, size: blocks * bsize };
}
