import { stripCredentials } from '../../domain/values/redaction.js';
import { Failure } from '../../ports/failure.js';
import { readGitFiles, type GitFiles, type Wanted } from './git-tree.js';
import { runGit, type GitSession } from './run-git.js';
import { withScratchFolder } from './scratch-folder.js';

/** For all of it; whoever plans an operation has 40 s. */
const TIMEOUT_MS = 30_000;

/** One commit of a repository as files. */
export interface GitTree extends GitFiles {
  readonly sha: string;
  /** The commit at the ref's end. */
  readonly head: string;
}

/** What to read of which repository. */
export interface GitRequest extends Wanted {
  readonly url: string;
  /** Branch or tag; null: the default branch. */
  readonly ref: string | null;
  /** A commit, in full or by its first letters; null: the ref's end. */
  readonly commit: string | null;
  /** File in the form of git's credential store; null: only what needs none, or SSH. */
  readonly credentialsFile: string | null;
  /** Where git and what it needs for SSH are found. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How long it may take in all; 30 s unless said. */
  readonly timeoutMs?: number;
}

/**
 * Reads one commit of a Git repository; keeps nothing. Throws `invalid` (no possible ref or address), `missing` (repository,
 * ref or commit), `denied` (credentials) or `unavailable`, the latter after 30 s at most. No address of ours is needed but
 * the repository's; its hooks and configuration are not used.
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

/** What git allows in the name of a branch or a tag; anything else would mean something else to it. */
function checkRef(ref: string | null): void {
  const isName = ref === null || !/^[-/+]|[\s:~^?*[\\\x00-\x1f\x7f]|\.\.|@\{|\/\/|[./]$|\.lock$/.test(ref);
  if (isName) return;
  throw new Failure('invalid', `${JSON.stringify(ref)} is no possible name of a branch or tag`, {
    hint: 'Check what stands behind the #.',
  });
}

/** A whole commit id may not be advertised, and a short one never is: then the history is fetched and searched. */
async function fetchInto(git: Git, { url, ref, commit }: GitRequest): Promise<void> {
  const from = ref ?? 'HEAD';
  if (commit === null) {
    await git(['fetch', '--quiet', '--depth', '1', '--no-tags', '--', url, `+${from}:wanted`]);
    return;
  }
  await git(['fetch', '--quiet', '--no-tags', '--', url, `+${from}:history`, '+refs/heads/*:refs/remotes/all/*']);
  const sha = await git(['rev-parse', '--verify', '--quiet', `${commit}^{commit}`]).catch(() => {
    throw new Failure('missing', `${stripCredentials(url)} has no commit ${commit}`, {
      hint: 'Check the commit id.',
    });
  });
  await git(['branch', '--force', 'wanted', sha.toString().trim()]);
}

async function commitAt(git: Git, name: string): Promise<string> {
  return (await git(['rev-parse', '--verify', `${name}^{commit}`])).toString().trim();
}
