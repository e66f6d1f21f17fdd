import { spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, closeSync, existsSync, openSync, renameSync, statSync } from 'node:fs';
import type { Component } from '../components/component.js';

const longestLogBytes = 20 * 1024 * 1024;

/** Starts a server with its output in a log file, without pipes to this process. `exited` resolves with the way it ended. */
export function spawnComponent(
  component: Component,
  logFile: string,
): { readonly process: ChildProcess; readonly exited: Promise<string> } {
  const log = openLog(logFile);
  const { file, args, env, inheritEnv } = component.launch;
  const base = inheritEnv ? process.env : { PATH: process.env['PATH'], TMPDIR: process.env['TMPDIR'] };
  const child = spawn(file, args, { stdio: ['ignore', log, log], env: { ...base, ...env }, cwd: '/' });
  closeSync(log);
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`could not be started: ${error.message}`));
    child.once('exit', (code, signal) => resolve(`ended with ${signal ?? `code ${code}`}`));
  });
  return { process: child, exited };
}

/** Opens a log file for appending, with mode 0600. Renames a file over 20 MiB to `.1` first. */
export function openLog(logFile: string): number {
  if (existsSync(logFile) && statSync(logFile).size > longestLogBytes) renameSync(logFile, `${logFile}.1`);
  return openSync(logFile, 'a', 0o600);
}

/** Appends a line of the supervisor to a component's log. */
export function appendToLog(logFile: string, line: string): void {
  appendFileSync(logFile, `${new Date().toISOString()} supervisor: ${line}\n`, { mode: 0o600 });
}
