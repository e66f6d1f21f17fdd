import type { BackupKind, BackupRecord } from './manifest.js';

/** What the name of a backup tells. */
export interface NamedBackup extends Pick<BackupRecord, 'kind' | 'createdAt'> {
  /** Name of the environment. */
  readonly environment: string;
  readonly from: number;
  readonly to: number;
}

/** Returns the name of a backup, such as `main-full-20261129T031500Z-1-1042`. */
export function backupName({ environment, kind, createdAt, from, to }: NamedBackup): string {
  const at = createdAt.slice(0, 19).replace(/[-:]/g, '');
  return `${environment}-${kind}-${at}Z-${from}-${to}`;
}

/** Returns the name of a backup's file. */
export function backupFile(name: string, isEncrypted: boolean): string {
  return `${name}.tar.gz${isEncrypted ? '.age' : ''}`;
}

/** Returns what a person calls a kind of backup. */
export function backupNoun(kind: BackupKind): string {
  return kind === 'components' ? 'backup of components' : `${kind} backup`;
}
