// Reads manifests from Git repositories with the `git` program. May import the domain and the ports.
import { stripCredentials } from '../../domain/values/redaction.js';
import { Failure } from '../../ports/failure.js';
import { readGitFiles, type GitFiles, type PathFilter } from './git-tree.js';
import { runGit, type GitSession } from './run-git.js';
import { withScratchFolder } from './scratch-folder.js';

/** Limit for one reading. The plan of an operation, which waits for it, has 40 s. */
const TIMEOUT_MS = 30_000;

/** The files of one commit. */
export interface GitTree extends GitFiles {
  readonly sha: string;
  /** The newest commit of the ref. */
  readonly head: string;
}

/** The repository, commit and paths to read. */
export interface GitRequest extends PathFilter {
  readonly url: string;
  /** Branch or tag; null: the default branch. */
  readonly ref: string | null;
  /** A commit id, full or abbreviated; null: the newest commit of the ref. */
  readonly commit: string | null;
  /** File in the form of git's credential store; null: no credentials except SSH keys. */
  readonly credentialsFile: string | null;
  /** Environment; only `PATH`, `HOME` and `SSH_AUTH_SOCK` are passed to git. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Limit for the whole reading; 30 s by default. */
  readonly timeoutMs?: number;
}

/**
 * Reads one commit of a Git repository and keeps no copy. Throws `invalid` (an impossible ref or address), `missing`
 * (repository, ref or commit), `denied` (credentials) or `unavailable` (after 30 s at most). Connects only to the
 * repository, and does not use its hooks or configuration.
 */
export async function readRepository(request: GitRequest): Promise<GitTree> {
  const { url, credentialsFile, env, timeoutMs = TIMEOUT_MS } = request;
  checkRef(request.ref);
  const deadline = performance.now() + timeoutMs;
  return await withScratchFolder(async (folder) => {
    const session: GitSession = { folder, url, credentialsFile, env, timeoutMs, deadline };
    const git: Git = (args, input) => runGit(session, args, input);
    await git(['init', '--quiet', '--bare', '.']);
    await fetchInto(git, request);
    const sha = await commitAt(git, 'wanted');
    const head = request.commit === null ? sha : await commitAt(git, 'history');
    return { sha, head, ...(await readGitFiles(git, 'wanted', request)) };
  });
}

type Git = (args: readonly string[], input?: string) => Promise<Buffer>;

/** Refuses names that git does not allow for branches and tags, since git could read them as options or revisions. */
function checkRef(ref: string | null): void {
  const isName = ref === null || !/^[-/+]|[\s:~^?*[\\\x00-\x1f\x7f]|\.\.|@\{|\/\/|[./]$|\.lock$/.test(ref);
  if (isName) return;
  throw new Failure('invalid', `${JSON.stringify(ref)} cannot be the name of a branch or tag`, {
    hint: 'Correct the part after the #, for example: https://git.example.com/site.git#main',
  });
}

/** Fetches the ref's newest commit alone, or the history when a commit is given: servers need not serve a commit by its id. */
async function fetchInto(git: Git, { url, ref, commit }: GitRequest): Promise<void> {
  const from = ref ?? 'HEAD';
  if (commit === null) {
    await git(['fetch', '--quiet', '--depth', '1', '--no-tags', '--', url, `+${from}:wanted`]);
    return;
  }
  await git(['fetch', '--quiet', '--no-tags', '--', url, `+${from}:history`, '+refs/heads/*:refs/remotes/all/*']);
  const sha = await git(['rev-parse', '--verify', '--quiet', `${commit}^{commit}`]).catch(() => {
    throw new Failure('missing', `${stripCredentials(url)} has no commit ${commit}`, {
      hint: 'Check the commit id. Its commit must be on a branch of this repository.',
    });
  });
  await git(['branch', '--force', 'wanted', sha.toString().trim()]);
}

async function commitAt(git: Git, name: string): Promise<string> {
  return (await git(['rev-parse', '--verify', `${name}^{commit}`])).toString().trim();
}
