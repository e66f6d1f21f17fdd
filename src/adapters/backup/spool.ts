import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { backupRecord } from '../../domain/backup/manifest.js';
import { makePrivateFolder, readJson, writeJson } from '../files/private-files.js';
import type { BackupSpool, SpooledBackup } from '../../ports/backup/spool.js';
import { Failure } from '../../ports/failure.js';

/** Age (ms) from which the folder of another run is no longer needed: its workflow would pack again. */
const LEFT_AFTER_MS = 2 * 24 * 3_600_000;
const PACKED = 'packed.json';

/** Creates the spool in a folder, which is created at its first use with mode 0700. */
export function createBackupSpool(folder: string): BackupSpool {
  const folderOf = (run: string) => join(folder, run.replace(/[^A-Za-z0-9_-]/g, '_'));
  return {
    path(run, file) {
      makePrivateFolder(folderOf(run));
      return join(folderOf(run), file);
    },
    finished(run, name) {
      const { value } = readJson<SpooledBackup>(join(folderOf(run), PACKED));
      const record = backupRecord.safeParse(value?.record);
      if (value === null || !record.success || record.data.name !== name) return null;
      const found = statSync(join(folderOf(run), record.data.file), { throwIfNoEntry: false });
      return found?.size === record.data.bytes ? value : null;
    },
    finish(run, packed) {
      try {
        writeJson(join(folderOf(run), PACKED), packed);
      } catch (cause) {
        throw new Failure('unavailable', `cannot write to the spool ${folder}: ${reasonOf(cause)}`, {
          hint: 'Free space on the disk of HECATE_HOME; the backup goes on then.',
          cause,
        });
      }
    },
    clear: (run) => rmSync(folderOf(run), { recursive: true, force: true }),
    sweep(run) {
      if (!existsSync(folder)) return;
      for (const name of readdirSync(folder)) {
        const path = join(folder, name);
        if (path === folderOf(run)) continue;
        const found = statSync(path, { throwIfNoEntry: false });
        if (found !== undefined && Date.now() - found.mtimeMs > LEFT_AFTER_MS)
          rmSync(path, { recursive: true, force: true });
      }
    },
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
