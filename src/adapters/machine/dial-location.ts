// This machine: where addresses lead from here. May import the domain and the ports.
import { realpath, stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { dirname, normalize } from 'node:path';
import type { DialLocation } from '../../domain/serving/own-part.js';

/** Resolves a host name to its addresses; empty: it has none; null: it could not be asked in time. */
export type Resolve = (name: string) => Promise<readonly string[] | null>;

/** Returns where a dial address (`host:port`, `[v6]:port` or `unix//path`) leads; null: it is none. Never throws. */
export async function locate(dial: string, resolve: Resolve): Promise<DialLocation | null> {
  if (dial.startsWith('unix/')) return locateSocket(dial.slice('unix/'.length));
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(dial);
  if (!match) return null;
  const host = (match[1] ?? match[2] ?? '').toLowerCase();
  const port = Number(match[3]);
  if (isIP(host.split('%', 1)[0] ?? '') !== 0) return { kind: 'tcp', name: null, addresses: [host], port };
  const found = await resolve(host);
  const addresses = [...(found ?? []), ...impliedBy(host)];
  return { kind: 'tcp', name: host, addresses, port, ...(found === null ? { isUnknown: true } : {}) };
}

/** `localhost` (RFC 6761, 6.3), and the names that distributions give to `::1`. */
const THIS_MACHINE = /^(?:(?:.*\.)?localhost|localhost\.localdomain|ip6-(?:localhost|loopback))$/;

/** Addresses of names that mean this machine, whatever the resolver says. */
function impliedBy(name: string): string[] {
  return THIS_MACHINE.test(name) || name === hostname().toLowerCase() ? ['127.0.0.1'] : [];
}

async function locateSocket(path: string): Promise<DialLocation> {
  const real = await realPathOf(path);
  const identities = await Promise.all([...foldersAbove(real), real].map(identityOf));
  return { kind: 'socket', paths: [normalize(path), real], identities: identities.flatMap((one) => one ?? []) };
}

/** The path without symbolic links. What does not exist yet is appended to the folder that does. */
async function realPathOf(path: string): Promise<string> {
  const missing: string[] = [];
  // Not `normalize`: after a symbolic link, `..` leads to the folder above its target.
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  for (; parts.length > 0; missing.unshift(parts.pop() ?? '')) {
    const real = await realpath(`/${parts.join('/')}`).catch(() => null);
    if (real !== null) return normalize([real, ...missing].join('/'));
  }
  return normalize(`/${missing.join('/')}`);
}

function foldersAbove(path: string): string[] {
  const folders: string[] = [];
  for (let folder = dirname(path); folder !== '/' && folder !== '.'; folder = dirname(folder)) folders.push(folder);
  return folders;
}

/** Returns the identity (`device:inode`) of a file or folder; null: there is none. */
export async function identityOf(path: string): Promise<string | null> {
  const found = await stat(path).catch(() => null);
  return found && `${found.dev}:${found.ino}`;
}

/** Most names that are remembered. */
const MOST_NAMES = 10_000;

/** Limits of {@link createResolver}; times in milliseconds. */
export interface ResolverLimits {
  /** A name is looked up again this time after its answer. */
  readonly keptMs: number;
  /** A name that is asked and has no answer in this time counts as one without addresses. */
  readonly patienceMs: number;
  /** A name that is not asked within this time is answered with null. */
  readonly beginWithinMs: number;
  /** Most names that are asked at the same time. One without an answer keeps its place until the system gives it up. */
  readonly atATime: number;
}

/** Creates a {@link Resolve} that asks each name once, many at the same time. Never throws. */
export function createResolver(limits: ResolverLimits, ask: (name: string) => Promise<readonly string[]>): Resolve {
  const { keptMs, patienceMs, beginWithinMs, atATime } = limits;
  const known = new Map<string, { readonly answer: ReturnType<Resolve>; until: number }>();
  const waiting: (() => void)[] = [];
  let running = 0;
  const next = () => {
    running--;
    waiting.shift()?.();
  };
  const begin = (name: string): ReturnType<Resolve> =>
    new Promise((resolve) => {
      let isLate = false;
      const late = setTimeout(() => {
        isLate = true;
        resolve(null);
      }, beginWithinMs);
      const start = () => {
        running++;
        if (isLate) return next();
        clearTimeout(late);
        const timer = setTimeout(() => resolve([]), patienceMs);
        const settle = (addresses: readonly string[]) => {
          clearTimeout(timer);
          resolve(addresses);
          next();
        };
        ask(name).then(settle, () => settle([]));
      };
      if (running < atATime) start();
      else waiting.push(start);
    });
  return (name) => {
    const kept = known.get(name);
    if (kept !== undefined && performance.now() < kept.until) return kept.answer;
    if (known.size >= MOST_NAMES) known.clear();
    const entry = { answer: begin(name), until: Infinity };
    known.set(name, entry);
    void entry.answer.then((found) => (entry.until = found === null ? 0 : performance.now() + keptMs));
    return entry.answer;
  };
}
