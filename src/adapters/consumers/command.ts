import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, lstat, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Failure } from '../../ports/failure.js';

/** A run of a command. Values go to its standard input only. */
export interface CommandRun {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
  /** Text for its standard input; null: it gets none. */
  readonly input: string | null;
}

/** Time limit of a command, in milliseconds. */
export const COMMAND_MS = 15_000;
/** Exit code of a command that wants to be run again: EX_TEMPFAIL of sysexits(3). */
const TRY_AGAIN = 75;

/**
 * Returns the path of a command in the folder of commands. Throws `denied` when no folder is set, and for a folder or a file that
 * another user than root and the worker's could have changed, a symbolic link, or a file that is not executable; `missing` when
 * there is no such file.
 */
export async function commandPath(folder: string | null, name: string, secret: string): Promise<string> {
  if (folder === null) {
    throw denied(
      `the worker runs no commands, so it cannot run ${name}`,
      'Set HECATE_SECRET_COMMANDS_DIR for the worker to a folder of commands, or use a webhook. See docs/how-to/webhooks.md.',
    );
  }
  const real = await realpath(folder).catch(() => null);
  if (real === null || !folder.startsWith('/')) {
    throw denied(
      `HECATE_SECRET_COMMANDS_DIR ${folder} is not the absolute path of a folder`,
      `Make it with: sudo install -d -m 755 ${folder}`,
    );
  }
  for (let one = real; ; one = dirname(one)) {
    const problem = await changeableBy(one, true);
    if (problem !== null)
      throw denied(
        `commands in ${folder} are not run: ${one} ${problem}`,
        `Take that right away with: chmod go-w ${one}; and give it to root with: chown root ${one}`,
      );
    if (one === dirname(one)) break;
  }
  const path = join(real, name);
  const found = await lstat(path).catch(() => null);
  if (found === null) {
    throw new Failure('missing', `there is no command ${name} in ${folder}`, {
      hint: `Put it there, or name another one with: hecate update secret --name ${secret} --command FILE`,
    });
  }
  if (!found.isFile())
    throw denied(
      `${path} is not a regular file, so it is not run`,
      'Put the command itself there; a symbolic link is not followed.',
    );
  const problem = await changeableBy(path, false);
  if (problem !== null)
    throw denied(
      `${path} is not run: it ${problem}`,
      `Take that right away with: chmod go-w ${path}; and give it to root with: chown root ${path}`,
    );
  const isExecutable = await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!isExecutable) throw denied(`${path} is not executable for the worker`, `Make it so with: chmod 755 ${path}`);
  return path;
}

/** Returns who else could replace a file or folder; null: nobody but root and the worker's user. */
async function changeableBy(path: string, isFolder: boolean): Promise<string | null> {
  const { uid, mode } = await lstat(path);
  if (uid !== 0 && uid !== process.getuid?.()) return 'belongs to another user';
  // In a sticky folder such as /tmp nobody can replace what belongs to others.
  const isSticky = isFolder && (mode & 0o1000) !== 0;
  if ((mode & 0o022) !== 0 && !isSticky) return 'can be changed by other users';
  return null;
}

/**
 * Runs a command without arguments and waits for its end. What it prints is not kept, since it may print a value. At its time
 * limit it is killed with its process group. Exit code 0 is success. Throws `unavailable` for exit code 75, a signal and the time
 * limit, `denied` for every other exit code.
 */
export async function runCommand({ path, env, input }: CommandRun, timeoutMs = COMMAND_MS): Promise<void> {
  const { code, signal, isLate } = await ended({ path, env, input }, timeoutMs);
  if (isLate) throw tryAgain(path, `did not end within ${timeoutMs / 1_000} s and was killed`);
  if (signal !== null) throw tryAgain(path, `was ended by ${signal}`);
  if (code === 0) return;
  if (code === TRY_AGAIN) throw tryAgain(path, `ended with ${TRY_AGAIN} (try again)`);
  throw denied(
    `the command ${path} ended with ${code}`,
    'Run it by hand to see why. Hecate does not keep what it prints.',
  );
}

interface End {
  readonly code: number | null;
  readonly signal: string | null;
  readonly isLate: boolean;
}

/** Errors of the machine at the start of a process that may pass. */
const PASSING = ['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE', 'ETXTBSY'];

function ended({ path, env, input }: CommandRun, timeoutMs: number): Promise<End> {
  return new Promise((resolve, reject) => {
    // Its own process group, so that what it started ends with it, and Ctrl-C at a terminal does not reach it.
    const child = spawn(path, [], {
      cwd: '/',
      detached: true,
      env: { ...env },
      stdio: [input === null ? 'ignore' : 'pipe', 'ignore', 'ignore'],
    });
    const { pid } = child;
    if (pid !== undefined) running.add(pid);
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      endGroup(pid);
    }, timeoutMs);
    const finish = () => {
      clearTimeout(timer);
      if (pid !== undefined) running.delete(pid);
    };
    // Ignore a broken pipe: a command need not read its input.
    child.stdin?.on('error', () => undefined).end(input ?? '');
    child.on('error', ({ code = '' }: NodeJS.ErrnoException) => {
      finish();
      const message = `the command ${path} cannot be started (${code})`;
      reject(
        PASSING.includes(code)
          ? new Failure('unavailable', message)
          : denied(message, 'Look at its first line, such as #!/bin/sh, and at its rights.'),
      );
    });
    // Not `close`: a process that it leaves behind may keep its streams open.
    child.on('exit', (code, signal) => {
      finish();
      resolve({ code, signal, isLate });
    });
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

function tryAgain(path: string, what: string): Failure {
  return new Failure('unavailable', `the command ${path} ${what}`, { system: path });
}

function denied(message: string, hint: string): Failure {
  return new Failure('denied', message, { hint });
}
