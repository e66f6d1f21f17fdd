import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { Launch } from '../components/component.js';
import { serverEnvironment } from '../processes/process-environment.js';
import { openLog } from '../processes/spawn-component.js';

/** A server that ends with the process that started it. */
export interface BoundProcess {
  /** Resolves with the way it ended. */
  readonly exited: Promise<string>;
  /** True until it has ended. */
  isRunning(): boolean;
  /** Ends it with SIGTERM and waits for its end. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Runs the program `"$@"` until it ends or standard input does. The kernel closes the pipe of standard input when the process at
 * its other end is killed, so no server is left behind. The server is no child of a terminal's group: Ctrl-C does not reach it.
 */
const SCRIPT = `exec 3<&0
"$@" </dev/null & child=$!
( read -r _ <&3; kill "$child" 2>/dev/null ) & watch=$!
wait "$child"; code=$?
kill "$watch" 2>/dev/null
exit $code`;

/** Starts a server with its output in a log file. It ends when this process does, also by SIGKILL. */
export function startBound({ file, args, env }: Omit<Launch, 'isHecate'>, logFile: string): BoundProcess {
  const log = openLog(logFile);
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'sh', file, ...args], {
    stdio: ['pipe', log, log],
    env: { ...serverEnvironment(process.env), ...env },
    cwd: '/',
    detached: true,
  });
  if (typeof log === 'number') closeSync(log);
  let isRunning = true;
  child.stdin?.on('error', () => undefined);
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`could not be started: ${error.message}`));
    child.once('exit', (code, signal) => resolve(`ended with ${signal ?? `code ${code}`}`));
  }).finally(() => (isRunning = false));
  return {
    exited,
    isRunning: () => isRunning,
    async stop() {
      child.stdin?.end();
      await exited;
    },
  };
}
