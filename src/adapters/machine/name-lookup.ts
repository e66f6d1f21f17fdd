// Names as programs of this machine resolve them. May import the domain and the ports.
import { lookup, Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { createResolver, type Resolve } from './dial-location.js';

const KEPT_MS = 2_000;
/** For the domain name system, which Node.js asks without threads. */
const BY_DNS = { keptMs: KEPT_MS, patienceMs: 4_000, beginWithinMs: 6_000, atATime: 300 };
/** For the system's resolver: each name occupies one of the four threads of Node.js, also when nobody waits any more. */
const BY_SYSTEM = { keptMs: KEPT_MS, patienceMs: 3_000, beginWithinMs: 4_000, atATime: 2 };

/**
 * Creates a {@link Resolve} for names of this machine. Numbers and names in the hosts file are decided at once, however many
 * other names do not answer. Others are asked in the domain name system. Those without an answer there are then asked from the
 * system's resolver if they have the form `name` or `name.local`. Takes at most 17 s for any number of names. Never throws.
 */
export function createNameLookup(hostsFile = '/etc/hosts', ask = askDns): Resolve {
  const byDns = createResolver(BY_DNS, ask);
  const bySystem = createResolver(BY_SYSTEM, askSystem);
  const hosts = createHosts(hostsFile);
  return async (name) => {
    const here = numeric(name) ?? (await hosts()).get(name);
    if (here !== undefined) return here;
    const found = await byDns(name);
    // Other sources of the system, such as multicast DNS, know only such names.
    const isLocal = /^[^.]+(?:\.local)?$/.test(name);
    return found?.length === 0 && isLocal ? bySystem(name) : found;
  };
}

/** The address of a number in any form of `inet_aton`, such as `0x7f.1`; undefined: it is none. */
function numeric(name: string): readonly string[] | undefined {
  if (!/^[\da-fx.]+$/.test(name) || !URL.canParse(`http://${name}`)) return undefined;
  const { hostname } = new URL(`http://${name}`);
  return isIP(hostname) === 4 ? [hostname] : undefined;
}

type Hosts = ReadonlyMap<string, readonly string[]>;

function createHosts(path: string): () => Promise<Hosts> {
  let kept: { readonly at: number; readonly hosts: Promise<Hosts> } | null = null;
  return () => {
    const now = performance.now();
    if (kept === null || now - kept.at > KEPT_MS) kept = { at: now, hosts: readHosts(path) };
    return kept.hosts;
  };
}

async function readHosts(path: string): Promise<Hosts> {
  const hosts = new Map<string, string[]>();
  for (const line of await linesOf(path)) {
    const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (address === undefined || isIP(address.split('%', 1)[0] ?? '') === 0) continue;
    for (const name of names) {
      const key = name.toLowerCase().replace(/\.$/, '');
      hosts.set(key, [...(hosts.get(key) ?? []), address]);
    }
  }
  return hosts;
}

async function linesOf(path: string): Promise<string[]> {
  return (await readFile(path, 'utf8').catch(() => '')).split('\n');
}

/** Two tries of a name, which take 4.5 s together. */
const TRIES = { timeout: 1_500, tries: 2 };

async function askDns(name: string): Promise<readonly string[]> {
  // New each time, so that it follows changes of the machine's servers.
  const resolver = new Resolver(TRIES);
  const names = [name, ...(await searchDomains()).map((domain) => `${name}.${domain}`)];
  const answers = await Promise.allSettled(names.flatMap((one) => [resolver.resolve4(one), resolver.resolve6(one)]));
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
}

/** The domains in which the machine's names without them are looked for; of several lines the last counts (resolv.conf(5)). */
async function searchDomains(): Promise<string[]> {
  const lines = (await linesOf('/etc/resolv.conf')).filter((line) => /^(?:search|domain)\s/.test(line));
  const domains = (lines.at(-1) ?? '').trim().split(/\s+/).slice(1);
  return domains.filter((domain) => domain !== '.');
}

async function askSystem(name: string): Promise<readonly string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address);
}
