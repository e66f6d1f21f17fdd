import { existsSync, lstatSync, readdirSync, realpathSync, rmSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../ports/failure.js';
import { isOurFolder, recordedFolder } from './components/caddy.js';
import { homeLayout, type HomeLayout } from './home-layout.js';
import { hecateHome } from './load-connections.js';
import { mountPoints } from './processes/mount-points.js';
import { STARTS_OR_STOPS, withLock } from './processes/lock.js';
import { endRecorded } from './processes/recorded-processes.js';

/** Options of {@link down}. */
export interface DownOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Also deletes the home: the log, the secrets and the credentials. Refused, after the stop, for a link and for mounted folders in it. */
  readonly purge?: boolean;
}

/** Stops all processes of a home's stack. Does not touch external servers. Idempotent. Waits up to 90 s for another `up` or `down`. */
export async function down({ env, purge = false }: DownOptions): Promise<void> {
  const layout = homeLayout(hecateHome(env));
  if (existsSync(layout.run))
    await withLock({ file: layout.lock, timeoutMs: 90_000, doing: STARTS_OR_STOPS }, () => end(layout));
  if (purge && existsSync(layout.home)) removeHome(layout);
}

/** Ends all processes, and records that the stack was stopped, so that nothing takes the supervisor for killed. */
async function end(layout: HomeLayout): Promise<void> {
  await endRecorded(layout);
  for (const file of [layout.processes, layout.supervisorAlive, layout.supervisorLock]) rmSync(file, { force: true });
}

/** Deletes a home but keeps downloaded servers, which other homes use too. */
function removeHome(layout: HomeLayout): void {
  if (!existsSync(layout.marker)) {
    if (readdirSync(layout.home).every((name) => name === 'servers')) return;
    throw new Failure('invalid', `${layout.home} is not a home of Hecate, so it was not deleted`, {
      hint: 'Set HECATE_HOME to the home that you mean, or delete this folder yourself.',
    });
  }
  refuseForeignParts(layout);
  const socketFolder = recordedFolder(layout.home);
  if (socketFolder !== null && isOurFolder(socketFolder)) rmSync(socketFolder, { recursive: true, force: true });
  // Delete the marker last, so that an interrupted purge can be repeated.
  const entries = readdirSync(layout.home).filter(
    (name) => name !== 'servers' && join(layout.home, name) !== layout.marker,
  );
  for (const name of entries) rmSync(join(layout.home, name), { recursive: true, force: true });
  rmSync(layout.marker, { force: true });
  if (readdirSync(layout.home).length === 0) removeEmpty(layout.home);
}

/** Throws `invalid`, before anything is deleted, when the home is a link or holds a folder of another file system. */
function refuseForeignParts({ home }: HomeLayout): void {
  const real = realpathSync(home);
  if (lstatSync(home).isSymbolicLink()) {
    throw new Failure('invalid', `the stack is stopped; ${home} is a link to ${real}, so nothing was deleted`, {
      hint: `To delete the home itself: HECATE_HOME=${asWord(real)} hecate down --purge`,
    });
  }
  const mounts = mountPoints().filter((path) => path.startsWith(`${real}/`) && !path.startsWith(`${real}/servers/`));
  if (mounts[0] !== undefined) {
    throw new Failure(
      'invalid',
      `the stack is stopped; ${mounts.join(' and ')} in it ${mounts.length === 1 ? 'is' : 'are'} mounted, so nothing was deleted`,
      { hint: `Unmount first what is to be kept: umount ${asWord(mounts[0])}; then run: hecate down --purge` },
    );
  }
}

/** Leaves a folder that only the administrator can remove, such as the mount point of a volume. It is empty. */
function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (!['EBUSY', 'EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/** Quotes a path for a shell where it must be. */
function asWord(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
