import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { componentNames, type ComponentName, type HomeLayout } from '../home-layout.js';
import { identify, type ProcessIdentity } from './process-identity.js';

/** A process of a home's stack. */
export interface StackProcess extends ProcessIdentity {
  readonly name: 'supervisor' | ComponentName;
}

/**
 * Finds the processes of a home's stack among all processes, by their command lines. For a home whose record of processes
 * is missing or damaged.
 */
export function findProcesses(layout: HomeLayout): readonly StackProcess[] {
  const isLinux = existsSync('/proc/self/cmdline');
  const all = isLinux ? processesByProc(layout.home) : processesByPs();
  return all.flatMap(({ pid, command }) => {
    const name = nameOf(` ${command} `, layout);
    const identity = name === null || pid === process.pid ? null : identify(pid);
    return name === null || identity === null ? [] : [{ name, ...identity }];
  });
}

interface Listed {
  readonly pid: number;
  /** Arguments, separated by single spaces. */
  readonly command: string;
}

/** Parts of a command line that only this process of this home has. */
function marks(name: ComponentName | 'supervisor', layout: HomeLayout): readonly string[] {
  switch (name) {
    case 'supervisor':
      return [`supervisor.cjs ${layout.home} `];
    case 'temporal':
      return [` --db-filename ${join(layout.temporal, 'temporal.db')} `];
    case 'nats':
      return [` --config ${join(layout.nats, 'nats.conf')} `];
    case 'caddy':
      return [` run --config ${join(layout.caddy, 'bootstrap.json')} `];
    case 'openbao':
      return [` server -config=${join(layout.openbao, 'openbao.hcl')} `];
    case 'authentik':
      return ['authentik-stand-in.cjs ', ` --data ${layout.authentik} `];
    case 'notary':
      return [`notary.cjs ${layout.home} `];
    case 'worker':
      return [`worker.cjs ${layout.home} `];
  }
}

function nameOf(command: string, layout: HomeLayout): StackProcess['name'] | null {
  const names = ['supervisor', ...componentNames] as const;
  return names.find((name) => marks(name, layout).every((mark) => command.includes(mark))) ?? null;
}

function processesByProc(home: string): readonly Listed[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const command = contentOf(`/proc/${name}/cmdline`).replaceAll('\0', ' ').trimEnd();
      if (command === '') return [];
      // A worker of an older version has the home only in its environment.
      const isOldWorker = command.endsWith('worker.cjs') && homeIn(contentOf(`/proc/${name}/environ`)) === home;
      return [{ pid: Number(name), command: isOldWorker ? `${command} ${home}` : command }];
    });
}

function homeIn(environment: string): string | null {
  return /(?:^|\0)HECATE_HOME=([^\0]*)/.exec(environment)?.[1] ?? null;
}

function processesByPs(): readonly Listed[] {
  const lines = execFileSync('ps', ['-axww', '-o', 'pid=,command='], { encoding: 'utf8', maxBuffer: 64 << 20 });
  return lines.split('\n').flatMap((line) => {
    const [, pid, command] = /^(\d+)\s+(\S.*)$/.exec(line.trimStart()) ?? [];
    return pid === undefined || command === undefined ? [] : [{ pid: Number(pid), command }];
  });
}

/** Empty for a process that has ended, or of another user. */
function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
