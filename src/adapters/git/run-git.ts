import { spawn } from 'node:child_process';
import { gitFailure } from './git-failure.js';

/** What an answer of git has at most: a listing, or the manifests of a commit. */
const LARGEST_ANSWER_BYTES = 512 * 1024 * 1024;

/** A reading of a repository, which all its calls of git belong to. */
export interface GitSession {
  /** The bare repository that is read into. */
  readonly folder: string;
  readonly url: string;
  readonly credentialsFile: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How long all calls may take together, and on the clock of `performance.now` until when. */
  readonly timeoutMs: number;
  readonly deadline: number;
}

/** Calls git with these arguments; `input` is what it reads. Throws `Failure`; when time is up, nothing of it is left. */
export function runGit(session: GitSession, args: readonly string[], input = ''): Promise<Buffer> {
  const { folder, url, env, timeoutMs, deadline } = session;
  return new Promise((resolve, reject) => {
    // A group of its own: git's helpers, which hold the connection, must end with it.
    const child = spawn('git', [...settings(session), ...args], {
      cwd: folder,
      detached: true,
      env: environment(env),
    });
    const { pid } = child;
    if (pid !== undefined) running.add(pid);
    const said: { out: Buffer[]; bytes: number; err: string } = { out: [], bytes: 0, err: '' };
    let isLate = false;
    const timer = setTimeout(
      () => {
        isLate = true;
        endGroup(pid);
      },
      Math.max(0, deadline - performance.now()),
    );
    child.stdout.on('data', (chunk: Buffer) => {
      said.out.push(chunk);
      said.bytes += chunk.length;
      if (said.bytes > LARGEST_ANSWER_BYTES) endGroup(pid);
    });
    child.stderr.on('data', (chunk: Buffer) => (said.err = (said.err + chunk.toString()).slice(0, 10_000)));
    // One that has ended already, with an error, does not listen; its error is told below.
    child.stdin.on('error', () => undefined).end(input);
    const end = (error: { code?: string | number | null; message?: string } | null) => {
      clearTimeout(timer);
      if (pid !== undefined) running.delete(pid);
      if (error === null) resolve(Buffer.concat(said.out));
      else reject(gitFailure({ message: '', ...error, stderr: said.err, isLate }, url, timeoutMs));
    };
    child.on('error', (error: NodeJS.ErrnoException) => end({ code: error.code ?? null, message: error.message }));
    child.on('close', (code) => end(code === 0 && !isLate ? null : { code }));
  });
}

/** Groups of git that go on; whoever ends takes them along. */
const running = new Set<number>();
process.on('exit', () => running.forEach(endGroup));

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function settings({ credentialsFile, timeoutMs }: GitSession): string[] {
  const helper = credentialsFile === null ? '' : `store --file=${quoted(credentialsFile)}`;
  return [
    `credential.helper=${helper}`,
    'core.hooksPath=/dev/null',
    'core.quotePath=off',
    'protocol.ext.allow=never',
    // Also where nobody is left to end it.
    'http.lowSpeedLimit=1',
    `http.lowSpeedTime=${Math.ceil(timeoutMs / 1000)}`,
  ].flatMap((setting) => ['-c', setting]);
}

/** Git has a shell read the helper. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function environment(env: GitSession['env']): NodeJS.ProcessEnv {
  return {
    PATH: env['PATH'],
    HOME: env['HOME'],
    SSH_AUTH_SOCK: env['SSH_AUTH_SOCK'],
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_SSH_COMMAND: 'ssh -o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=10',
    LC_ALL: 'C',
  };
}
