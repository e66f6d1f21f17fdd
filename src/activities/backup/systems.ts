// Backups: admitted, packed, sent, ended and removed. May import domain, ports, workflows/contracts and activities/trust.
import type { State } from '../../domain/log/state.js';
import type { Archives, BackupIdentity, NewPart, OpenStore } from '../../ports/backup/backups.js';
import type { BackupSpool } from '../../ports/backup/spool.js';
import type { HomeFiles } from '../../ports/home-files.js';
import type { LogArchive } from '../../ports/backup/log-archive.js';

/** Returns the state of components as parts below `state/`: manifests, and the operators. */
export type StateParts = (state: State, components: readonly string[] | 'all') => Iterable<NewPart>;

/** Systems that only backups use. */
export interface BackupSystems {
  readonly archives: Archives;
  readonly openStore: OpenStore;
  readonly identity: BackupIdentity;
  readonly log: LogArchive;
  /** Returns the files of this machine; a new value for each backup, since it gathers what it could not read. */
  readonly files: () => HomeFiles;
  readonly spool: BackupSpool;
  readonly stateParts: StateParts;
  /** Name and id of the environment. */
  readonly environment: { readonly name: string; readonly id: string };
  /** Version of Hecate. */
  readonly version: string;
}
