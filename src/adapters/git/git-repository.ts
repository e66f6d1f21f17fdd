import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Failure } from '../../ports/failure.js';
import { gitFailure, withoutCredentials, type GitError } from './git-failure.js';

const run = promisify(execFile);
const TIMEOUT_MS = 60_000;
const LARGEST_TREE_BYTES = 512 * 1024 * 1024;

/** One commit of a repository as files. */
export interface GitTree {
  readonly sha: string;
  /** The commit at the ref's end. */
  readonly head: string;
  readonly files: readonly { readonly path: string; readonly text: string }[];
  /** Paths that cannot be read as files, with the reason. */
  readonly refused: readonly { readonly path: string; readonly why: string }[];
}

/** What to read of which repository. */
export interface GitRequest {
  readonly url: string;
  /** Branch or tag; null: the default branch. */
  readonly ref: string | null;
  /** A commit, in full or by its first letters; null: the ref's end. */
  readonly commit: string | null;
  /** Which paths are wanted. */
  readonly wanted: (path: string) => boolean;
  /** File in the form of git's credential store; null: only what needs none, or SSH. */
  readonly credentialsFile: string | null;
  /** Where git and what it needs for SSH are found. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads one commit of a Git repository; keeps nothing. Throws `missing` (repository, ref or commit), `denied` (credentials)
 * or `unavailable`. No address of ours is needed but the repository's; its hooks and configuration are not used.
 */
export async function readRepository(request: GitRequest): Promise<GitTree> {
  const folder = await mkdtemp(join(tmpdir(), 'hecate-git-'));
  try {
    const git = (args: readonly string[], options: { input?: string } = {}) => callGit(folder, request, args, options);
    await git(['init', '--quiet', '--bare', '.']);
    await fetchInto(git, request);
    const [sha, head] = await Promise.all(
      ['wanted', request.commit === null ? 'wanted' : 'history'].map((name) => commitAt(git, name)),
    );
    return { sha: sha ?? '', head: head ?? '', ...(await readTree(git, request.wanted)) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Git = (args: readonly string[], options?: { input?: string }) => Promise<string>;

/** A whole commit id may not be advertised, and a short one never is: then the history is fetched and searched. */
async function fetchInto(git: Git, { url, ref, commit }: GitRequest): Promise<void> {
  const from = ref ?? 'HEAD';
  if (commit === null) {
    await git(['fetch', '--quiet', '--depth', '1', '--no-tags', '--', url, `+${from}:wanted`]);
    return;
  }
  await git(['fetch', '--quiet', '--no-tags', '--', url, `+${from}:history`, '+refs/heads/*:refs/remotes/all/*']);
  const sha = await git(['rev-parse', '--verify', '--quiet', `${commit}^{commit}`]).catch(() => {
    throw new Failure('missing', `${withoutCredentials(url)} has no commit ${commit}`, {
      hint: 'Check the commit id.',
    });
  });
  await git(['branch', '--force', 'wanted', sha.trim()]);
}

async function commitAt(git: Git, name: string): Promise<string> {
  return (await git(['rev-parse', '--verify', `${name}^{commit}`])).trim();
}

async function readTree(git: Git, wanted: (path: string) => boolean): Promise<Pick<GitTree, 'files' | 'refused'>> {
  const listed = (await git(['ls-tree', '-r', '-z', '--full-tree', 'wanted'])).split('\0').filter(Boolean);
  const entries = listed.map((line) => {
    const [about = '', path = ''] = line.split('\t', 2);
    const [mode = '', , id = ''] = about.split(' ');
    return { mode, id, path };
  });
  const chosen = entries.filter(({ path }) => wanted(path));
  const links = chosen.filter(({ mode }) => mode === '120000' || mode === '160000');
  const plain = chosen.filter(({ mode }) => mode.startsWith('100'));
  const files = await readBlobs(git, plain);
  return { files, refused: links.map(({ path }) => ({ path, why: 'it is a link, and links are not followed' })) };
}

/** All blobs by one process: its answer is `<id> blob <size>\n<bytes>\n` for each. */
async function readBlobs(git: Git, entries: readonly { id: string; path: string }[]): Promise<GitTree['files']> {
  if (entries.length === 0) return [];
  const bytes = Buffer.from(
    await git(['cat-file', '--batch'], { input: entries.map(({ id }) => `${id}\n`).join('') }),
    'latin1',
  );
  let at = 0;
  return entries.map(({ path }) => {
    const end = bytes.indexOf(0x0a, at);
    const size = Number(bytes.subarray(at, end).toString().split(' ')[2]);
    const text = bytes.subarray(end + 1, end + 1 + size).toString('utf8');
    at = end + 1 + size + 1;
    return { path, text };
  });
}

async function callGit(
  folder: string,
  { url, credentialsFile, env }: GitRequest,
  args: readonly string[],
  { input }: { input?: string },
): Promise<string> {
  const helper = credentialsFile === null ? '' : `store --file=${credentialsFile}`;
  const settings = [
    '-c',
    `credential.helper=${helper}`,
    '-c',
    'core.hooksPath=/dev/null',
    '-c',
    'protocol.ext.allow=never',
  ];
  const child = run('git', [...settings, ...args], {
    cwd: folder,
    timeout: TIMEOUT_MS,
    maxBuffer: LARGEST_TREE_BYTES,
    encoding: 'latin1',
    env: {
      PATH: env['PATH'],
      HOME: env['HOME'],
      SSH_AUTH_SOCK: env['SSH_AUTH_SOCK'],
      GIT_TERMINAL_PROMPT: '0',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_SSH_COMMAND: 'ssh -o BatchMode=yes -o ConnectTimeout=10',
      LC_ALL: 'C',
    },
  });
  // One that has ended already, with an error, does not listen; its error is told below.
  child.child.stdin?.on('error', () => undefined).end(input ?? '');
  try {
    return (await child).stdout;
  } catch (error) {
    throw gitFailure(error as GitError, url, TIMEOUT_MS);
  }
}
