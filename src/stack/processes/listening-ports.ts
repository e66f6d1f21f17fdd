import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { HomeLayout } from '../home-layout.js';
import { recordedProcesses } from './recorded-processes.js';
import type { StackProcess } from './find-processes.js';

/** A TCP port on which a process of the stack listens. */
export interface ListeningPort {
  readonly component: StackProcess['name'];
  readonly port: number;
}

/**
 * Returns the TCP ports on which the processes of a home's stack listen, those that a server chose by itself included.
 * Empty on systems without `/proc`. Leaves out Caddy: it may serve other sites beside Hecate's.
 */
export function listeningPorts(layout: HomeLayout): readonly ListeningPort[] {
  const { children } = recordedProcesses(layout);
  const ports = portsByInode();
  if (ports.size === 0) return [];
  return children.flatMap(({ pid, name }) => {
    if (name === undefined || name === 'caddy') return [];
    const own = new Set(socketInodes(pid).flatMap((inode) => ports.get(inode) ?? []));
    return [...own].map((port) => ({ component: name, port }));
  });
}

const LISTENS = '0A';

/** Ports of listening sockets by inode, from `/proc/net/tcp` and `tcp6` (proc(5)). */
function portsByInode(): ReadonlyMap<string, number> {
  const lines = ['tcp', 'tcp6'].flatMap((file) => linesOf(`/proc/net/${file}`));
  return new Map(
    lines.flatMap((line) => {
      const fields = line.trim().split(/ +/);
      if (fields[3] !== LISTENS) return [];
      return [[fields[9] ?? '', parseInt(fields[1]?.split(':')[1] ?? '', 16)] as const];
    }),
  );
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(1);
  } catch {
    return [];
  }
}

function socketInodes(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => inodeOf(`/proc/${pid}/fd/${fd}`) ?? []);
  } catch {
    return [];
  }
}

/** Null: it is no socket, or it was closed meanwhile. */
function inodeOf(link: string): string | null {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(link))?.[1] ?? null;
  } catch {
    return null;
  }
}
