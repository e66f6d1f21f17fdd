// This machine: where addresses lead from here. May import the domain and the ports.
import { lookup } from 'node:dns/promises';
import { realpath, stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { dirname, normalize } from 'node:path';
import type { DialLocation } from '../../domain/serving/own-part.js';

/** Resolves a host name to its addresses; empty: it has none. */
export type Resolve = (name: string) => Promise<readonly string[]>;

/** Returns where a dial address (`host:port`, `[v6]:port` or `unix//path`) leads; null: it is none. Never throws. */
export async function locate(dial: string, resolve: Resolve): Promise<DialLocation | null> {
  if (dial.startsWith('unix/')) return locateSocket(dial.slice('unix/'.length));
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(dial);
  if (!match) return null;
  const host = (match[1] ?? match[2] ?? '').toLowerCase();
  const port = Number(match[3]);
  if (isIP(host.split('%', 1)[0] ?? '') !== 0) return { kind: 'tcp', name: null, addresses: [host], port };
  return { kind: 'tcp', name: host, addresses: [...(await resolve(host)), ...impliedBy(host)], port };
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

/** Most names that are looked up at the same time, since each occupies a thread of Node.js. */
const AT_A_TIME = 2;
/** Most names that are remembered. */
const MOST_NAMES = 10_000;

/** Time limits of {@link createResolver}, in milliseconds. */
export interface ResolverLimits {
  /** A name is looked up again after this time. */
  readonly keptMs: number;
  /** A name without an answer in this time counts as one without addresses. */
  readonly patienceMs: number;
}

/** Creates a {@link Resolve} that asks as programs of this machine do, `/etc/hosts` included. Never throws. */
export function createResolver({ keptMs, patienceMs }: ResolverLimits, ask: Resolve = systemLookup): Resolve {
  const known = new Map<string, { readonly at: number; readonly answer: Promise<readonly string[]> }>();
  const waiting: (() => void)[] = [];
  let running = 0;
  const next = () => {
    running--;
    waiting.shift()?.();
  };
  const begin = (name: string, until: number): Promise<readonly string[]> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => resolve([]), patienceMs);
      const settle = (addresses: readonly string[]) => {
        clearTimeout(timer);
        resolve(addresses);
        next();
      };
      const start = () => {
        running++;
        // A name that nobody waits for any more.
        if (performance.now() > until) return settle([]);
        ask(name).then(settle, () => settle([]));
      };
      if (running < AT_A_TIME) start();
      else waiting.push(start);
    });
  return (name) => {
    const now = performance.now();
    const kept = known.get(name);
    if (kept !== undefined && now - kept.at < keptMs) return kept.answer;
    if (known.size >= MOST_NAMES) known.clear();
    const answer = begin(name, now + patienceMs);
    known.set(name, { at: now, answer });
    return answer;
  };
}

async function systemLookup(name: string): Promise<readonly string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address);
}
