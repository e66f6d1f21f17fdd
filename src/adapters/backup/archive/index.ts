// Archives of backups: tar, gzip, age. Imports domain/backup, adapters/files, tar-stream and age-encryption.
import type { Archives } from '../../../ports/backup/backups.js';
import { readArchive } from './read-archive.js';
import { writeArchive } from './write-archive.js';

/** Returns the writer and reader of archives in files of this machine. */
export function createArchives(): Archives {
  return { write: writeArchive, read: readArchive };
}
