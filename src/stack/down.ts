import { existsSync, readdirSync, rmSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../ports/failure.js';
import { recordedFolder } from './components/caddy.js';
import { homeLayout, type HomeLayout } from './home-layout.js';
import { hecateHome } from './load-connections.js';
import { STARTS_OR_STOPS, withLock } from './lock.js';
import { endRecorded } from './recorded-processes.js';

export interface DownOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Also removes the home with everything in it: the log, the secrets, the credentials. */
  readonly purge?: boolean;
}

/** Stops the stack of a home and leaves no process of it behind. Idempotent. Touches no server named by a setting. */
export async function down({ env, purge = false }: DownOptions): Promise<void> {
  const layout = homeLayout(hecateHome(env));
  if (existsSync(layout.run))
    await withLock({ file: layout.lock, timeoutMs: 90_000, doing: STARTS_OR_STOPS }, () => endRecorded(layout));
  if (purge && existsSync(layout.home)) removeHome(layout);
}

/** Downloaded servers stay, where the default home has them beside it: other homes use them too. */
function removeHome(layout: HomeLayout): void {
  if (!existsSync(layout.marker)) {
    if (readdirSync(layout.home).every((name) => name === 'servers')) return;
    throw new Failure('invalid', `${layout.home} is not a home of Hecate`, {
      hint: 'Remove it yourself, or correct HECATE_HOME.',
    });
  }
  const socketFolder = recordedFolder(layout.home);
  if (socketFolder !== null) rmSync(socketFolder, { recursive: true, force: true });
  // The marker goes last, so that an interrupted purge can be repeated.
  const entries = readdirSync(layout.home).filter(
    (name) => name !== 'servers' && join(layout.home, name) !== layout.marker,
  );
  for (const name of entries) rmSync(join(layout.home, name), { recursive: true, force: true });
  rmSync(layout.marker, { force: true });
  if (readdirSync(layout.home).length === 0) rmdirSync(layout.home);
}
