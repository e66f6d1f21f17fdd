import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { relative } from 'node:path';
import { promisify } from 'node:util';
import { stripCredentials } from '../../domain/values/redaction.js';
import { Failure } from '../../ports/failure.js';

const run = promisify(execFile);

/** Git options that disable programs which the folder's own settings would run. */
const ownProgramsOff = ['core.fsmonitor=false', 'core.hooksPath=/dev/null'].flatMap((setting) => ['-c', setting]);

/** Repository, path and commit that a folder belongs to. */
export interface FolderOrigin {
  /** URL of the remote `origin`, else a `file://` URL of the repository, or of the folder itself without Git. No credentials. */
  readonly repository: string;
  /** Path of the folder inside its repository; empty for the whole repository. */
  readonly path: string;
  readonly ref: string | null;
  /** The commit; null without Git, or when files were changed since. */
  readonly sha: string | null;
  /** The commit, also when files were changed since; null without Git. */
  readonly head: string | null;
}

/** Finds a folder's origin with the git program. Without a repository, or without git, the folder is its own. Throws `missing`. */
export async function findFolderOrigin(folder: string): Promise<FolderOrigin> {
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
      hint: 'Give an existing folder, or the URL of a repository such as https://git.example.com/site.git',
      cause,
    });
  }
}
