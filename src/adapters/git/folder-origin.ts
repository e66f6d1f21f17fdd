import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { relative } from 'node:path';
import { promisify } from 'node:util';
import { stripCredentials } from '../../domain/values/redaction.js';
import { Failure } from '../../ports/failure.js';

const run = promisify(execFile);

/** What a folder's own settings would have git run while it looks there. */
const ownProgramsOff = ['core.fsmonitor=false', 'core.hooksPath=/dev/null'].flatMap((setting) => ['-c', setting]);

/** Where a folder's contents come from. */
export interface FolderOrigin {
  /** URL of its repository's remote, the repository's folder, or for a folder without Git the folder itself. */
  readonly repository: string;
  /** Path of the folder inside its repository; empty: the whole of it. */
  readonly path: string;
  readonly ref: string | null;
  /** Null without Git, and where files were changed since the commit. */
  readonly sha: string | null;
  /** The commit that it stands on, whether files were changed since or not; null without Git. */
  readonly head: string | null;
}

/** Finds out by the git program where a folder belongs; a folder outside Git, or a machine without it, is its own origin. */
export async function originOf(folder: string): Promise<FolderOrigin> {
  const real = realFolder(folder);
  const git = async (...args: string[]) => {
    const { stdout } = await run('git', [...ownProgramsOff, '-C', real, ...args], {
      timeout: 10_000,
      env: { ...process.env, LC_ALL: 'C' },
    });
    return stdout.trim();
  };
  const orNull = (answer: Promise<string>) => answer.then((text) => text || null).catch(() => null);
  const top = await orNull(git('rev-parse', '--show-toplevel'));
  if (top === null) return { repository: `file://${real}`, path: '', ref: null, sha: null, head: null };
  const [remote, ref, head, changed] = await Promise.all([
    orNull(git('remote', 'get-url', 'origin')),
    orNull(git('symbolic-ref', '--quiet', '--short', 'HEAD')),
    orNull(git('rev-parse', '--verify', 'HEAD')),
    orNull(git('status', '--porcelain', '--', '.')),
  ]);
  return {
    repository: remote === null ? `file://${top}` : stripCredentials(remote),
    path: relative(top, real),
    ref,
    sha: changed === null ? head : null,
    head,
  };
}

function realFolder(folder: string): string {
  try {
    return realpathSync(folder);
  } catch (cause) {
    throw new Failure('missing', `there is no folder ${folder}`, {
      hint: 'Name a folder, or the URL of a repository.',
      cause,
    });
  }
}
