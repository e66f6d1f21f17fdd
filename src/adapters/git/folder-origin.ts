import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { relative } from 'node:path';
import { promisify } from 'node:util';
import { stripCredentials } from '../../domain/values/redaction.js';
import { Failure } from '../../ports/failure.js';

const run = promisify(execFile);

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
  const git = quietGit(real);
  const orNull = (answer: Promise<string>) => answer.then((text) => text.trim() || null).catch(() => null);
  const top = await orNull(git(['rev-parse', '--show-toplevel']));
  if (top === null) return { repository: `file://${real}`, path: '', ref: null, sha: null, head: null };
  const [remote, ref, head, isChanged] = await Promise.all([
    orNull(git(['remote', 'get-url', 'origin'])),
    orNull(git(['symbolic-ref', '--quiet', '--short', 'HEAD'])),
    orNull(git(['rev-parse', '--verify', 'HEAD'])),
    hasChanges(git),
  ]);
  return {
    repository: remote === null ? `file://${top}` : stripCredentials(remote),
    path: relative(top, real),
    ref,
    sha: isChanged ? null : head,
    head,
  };
}

type Git = (args: readonly string[], settings?: readonly Setting[]) => Promise<string>;
type Setting = readonly [key: string, value: string];

/** Settings that keep git from running programs which the folder's own configuration names. */
const NO_PROGRAMS: readonly Setting[] = [
  ['core.fsmonitor', 'false'],
  ['core.hooksPath', '/dev/null'],
  ['core.pager', 'cat'],
  ['core.sshCommand', 'false'],
  ['core.askPass', 'false'],
  ['core.gitProxy', ''],
  ['credential.helper', ''],
  ['protocol.allow', 'never'],
  // A bare repository inside the folder would bring a configuration of its own.
  ['safe.bareRepository', 'explicit'],
];

/** Variables of the environment that git gets: none that names a repository, an index or a program. */
const PASSED = ['PATH', 'HOME', 'XDG_CONFIG_HOME', 'GIT_CONFIG_GLOBAL', 'GIT_CONFIG_SYSTEM', 'GIT_CONFIG_NOSYSTEM'];

/** Returns a git that reads a folder, writes nothing, connects to nothing, and runs no program of the folder's choice. */
function quietGit(folder: string): Git {
  return async (args, more = []) => {
    const passed: NodeJS.ProcessEnv = {};
    for (const name of PASSED) passed[name] = process.env[name];
    const { stdout } = await run('git', ['--no-optional-locks', '--no-pager', '-C', folder, ...args], {
      timeout: 10_000,
      maxBuffer: LARGEST_ANSWER_BYTES,
      env: {
        ...passed,
        ...asVariables([...NO_PROGRAMS, ...more]),
        // Objects that a partial clone lacks are not fetched.
        ...{ GIT_NO_LAZY_FETCH: '1', GIT_ALLOW_PROTOCOL: 'none', GIT_TERMINAL_PROMPT: '0' },
        LC_ALL: 'C',
      },
    });
    return stdout;
  };
}

const LARGEST_ANSWER_BYTES = 64 * 1024 * 1024;

/** Settings as variables (git-config(1)): `-c` cannot name a key with an equals sign. */
function asVariables(settings: readonly Setting[]): Record<string, string> {
  const pairs = settings.flatMap(([key, value], index): [string, string][] => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return { GIT_CONFIG_COUNT: String(settings.length), ...Object.fromEntries(pairs) };
}

/**
 * Returns true when files of the folder differ from its commit, or when git cannot tell. Git compares files after a filter
 * (gitattributes(5)) has run on them, so the filters that the repository itself defines are emptied.
 */
async function hasChanges(git: Git): Promise<boolean> {
  try {
    const settings = filtersOf(await git(['config', '--list', '--show-scope', '--name-only', '-z']));
    const arguments_ = ['status', '--porcelain', '--ignore-submodules=all', '--', '.'];
    return (await git(arguments_, settings)).trim() !== '';
  } catch {
    return true;
  }
}

/** Returns settings that empty the filters of the repository. Those of the user's own configuration stay. */
function filtersOf(listing: string): Setting[] {
  const fields = listing.split('\0');
  const names = fields.flatMap((scope, index) => {
    const key = index % 2 === 0 && OWN_SCOPES.includes(scope) ? (fields[index + 1] ?? '') : '';
    return /^filter\.([^]*)\.[a-z]+$/i.exec(key)?.[1] ?? [];
  });
  return [...new Set(names)].flatMap((name): Setting[] => [
    [`filter.${name}.clean`, ''],
    [`filter.${name}.smudge`, ''],
    [`filter.${name}.process`, ''],
    [`filter.${name}.required`, 'false'],
  ]);
}

/** Scopes of settings that lie in the repository; git-config(1). */
const OWN_SCOPES = ['local', 'worktree'];

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
