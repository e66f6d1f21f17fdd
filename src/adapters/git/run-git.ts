import { spawn } from 'node:child_process';
import { gitFailure } from './git-failure.js';

/** Largest output of one call of git. */
const LARGEST_ANSWER_BYTES = 512 * 1024 * 1024;

/** Settings shared by all git calls of one reading. */
export interface GitSession {
  /** Folder of the temporary bare repository. */
  readonly folder: string;
  readonly url: string;
  readonly credentialsFile: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Time limit of all calls together. `deadline` is its end on the clock of `performance.now`. */
  readonly timeoutMs: number;
  readonly deadline: number;
}

/** Runs git and returns its output. `input` goes to its stdin. Throws a `Failure`; at the deadline it kills git with its helpers. */
export function runGit(session: GitSession, args: readonly string[], input = ''): Promise<Buffer> {
  const { folder, url, env, timeoutMs, deadline } = session;
  return new Promise((resolve, reject) => {
    // Run in its own process group, so that git's helpers, which hold the connection, end with it.
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
    // Ignore a broken pipe: when git has ended early, `close` reports its error.
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

/** Running process groups, which are killed when this process exits. */
const running = new Set<number>();
process.on('exit', () => running.forEach(endGroup));

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // The group has ended already.
  }
}

function settings({ credentialsFile, timeoutMs }: GitSession): string[] {
  const helper = credentialsFile === null ? '' : `store --file=${quoted(credentialsFile)}`;
  return [
    `credential.helper=${helper}`,
    'core.hooksPath=/dev/null',
    'core.quotePath=off',
    // Ends a stalled transfer even when this process was killed.
    'http.lowSpeedLimit=1',
    `http.lowSpeedTime=${Math.ceil(timeoutMs / 1000)}`,
  ].flatMap((setting) => ['-c', setting]);
}

/** Quotes a text for the shell that runs git's credential helper. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function environment(env: GitSession['env']): NodeJS.ProcessEnv {
  return {
    PATH: env['PATH'],
    HOME: env['HOME'],
    SSH_AUTH_SOCK: env['SSH_AUTH_SOCK'],
    GIT_TERMINAL_PROMPT: '0',
    // Other transports are programs. A variable, unlike a setting, holds for the source's own git as well.
    GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
    GIT_NO_LAZY_FETCH: '1',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_SSH_COMMAND: 'ssh -o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=10',
    LC_ALL: 'C',
  };
}
