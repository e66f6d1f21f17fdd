import { spawn } from 'node:child_process';
import { appendFileSync, closeSync, existsSync, openSync, renameSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Component } from '../components/component.js';
import { processEnvironment, serverEnvironment } from './process-environment.js';
import { identify, isAlive, type ProcessIdentity } from './process-identity.js';

const longestLogBytes = 20 * 1024 * 1024;
const ADOPTED_LOOK_MS = 200;

/** A component's process. `exited` resolves with the way it ended. */
export interface ComponentProcess {
  /** Null: it could not be started. */
  readonly identity: ProcessIdentity | null;
  readonly exited: Promise<string>;
  /** Another supervisor started it. */
  readonly isAdopted: boolean;
}

/** Starts a server with its output in a log file, without pipes to this process, so that it outlives it. */
export function spawnComponent(component: Component, logFile: string): ComponentProcess {
  const log = openLog(logFile);
  const { file, args, env, isHecate } = component.launch;
  const base = isHecate ? processEnvironment(process.env) : serverEnvironment(process.env);
  const child = spawn(file, args, { stdio: ['ignore', log, log], env: { ...base, ...env }, cwd: '/' });
  if (typeof log === 'number') closeSync(log);
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`could not be started: ${error.message}`));
    child.once('exit', (code, signal) => resolve(`ended with ${signal ?? `code ${code}`}`));
  });
  return { identity: child.pid === undefined ? null : identify(child.pid), exited, isAdopted: false };
}

/** Watches a process that another supervisor started. */
export function adoptProcess(identity: ProcessIdentity): ComponentProcess {
  const untilEnd = async () => {
    while (isAlive(identity)) await sleep(ADOPTED_LOOK_MS);
    return 'ended';
  };
  return { identity, exited: untilEnd(), isAdopted: true };
}

/**
 * Opens a log file for appending, with mode 0600. Renames a file over 20 MiB to `.1` first. Returns `ignore` when the file
 * cannot be opened, for example on a full disk: a server without a log is better than none.
 */
export function openLog(logFile: string): number | 'ignore' {
  try {
    if (existsSync(logFile) && statSync(logFile).size > longestLogBytes) renameSync(logFile, `${logFile}.1`);
    return openSync(logFile, 'a', 0o600);
  } catch {
    return 'ignore';
  }
}

/** Appends a line of the supervisor to a component's log. Does nothing when the line cannot be written. */
export function appendToLog(logFile: string, line: string): void {
  try {
    appendFileSync(logFile, `${new Date().toISOString()} supervisor: ${line}\n`, { mode: 0o600 });
  } catch {
    // On a full disk the line is lost; the supervisor must go on.
  }
}
