import { Resolver } from 'node:dns/promises';
import { connect } from 'node:net';
import type { NameServers } from '../../ports/name-servers.js';
import type { Answer, CaaRecord, NameRecords, NameView } from '../../domain/dns/records.js';

/** Longest wait for one answer of a name server, in milliseconds. */
const PATIENCE_MS = 2_500;
const CONNECT_MS = 3_000;
/** Most aliases that are followed one after the other. */
const MOST_ALIASES = 8;
/** Name servers of a zone that are asked. */
const MOST_AUTHORITIES = 3;

/** The name servers that this machine reaches. */
export const nameServers: NameServers = {
  records: (name, resolvers) => nameRecords(name, { resolvers }),
  connectionProblem,
};

/** Name servers that are asked. */
interface AskedServers {
  /** IP addresses, with `:port` where it is not 53; empty: the resolver of this machine. */
  readonly resolvers: readonly string[];
  /** Port of the name's own name servers; default 53. */
  readonly authorityPort?: number;
}

/** Looks a name up at several name servers, and at its own ones. Ends within some seconds. Never throws. */
export async function nameRecords(name: string, asked: AskedServers): Promise<NameRecords> {
  const given = asked.resolvers.map((one) => ({ server: one, addresses: [one], isAuthoritative: false }));
  const usual = { server: 'the resolver of this machine', addresses: null, isAuthoritative: false };
  const servers = given.length === 0 ? [usual] : given;
  const first = resolverAt(servers[0]?.addresses ?? null);
  const [authorities, caa] = await Promise.all([authoritiesOf(first, name, asked.authorityPort), caaOf(first, name)]);
  const views = await Promise.all([...servers, ...authorities].map((one) => viewOf(name, one)));
  return { asked: name, views, ...caa };
}

interface Server {
  readonly server: string;
  /** Null: those of the system. */
  readonly addresses: readonly string[] | null;
  readonly isAuthoritative: boolean;
}

function resolverAt(addresses: readonly string[] | null): Resolver {
  const resolver = new Resolver({ timeout: PATIENCE_MS, tries: 1 });
  if (addresses !== null) resolver.setServers(addresses);
  return resolver;
}

async function viewOf(name: string, { server, addresses, isAuthoritative }: Server): Promise<NameView> {
  const resolver = resolverAt(addresses);
  const [a, aaaa, cname] = await Promise.all([
    answer(() => resolver.resolve4(name)),
    answer(() => resolver.resolve6(name)),
    answer(() => resolver.resolveCname(name)),
  ]);
  // A name with an address is no circle.
  const isFound = a.kind === 'records' || aaaa.kind === 'records';
  const circle = isFound ? null : await circleFrom(name, cname, resolver);
  return { server, isAuthoritative, a, aaaa, cname, ...(circle === null ? {} : { circle }) };
}

/** Follows the aliases of a name; null: they end, or are too many. */
async function circleFrom(name: string, first: Answer<string>, resolver: Resolver): Promise<string[] | null> {
  const seen = [name.toLowerCase()];
  let found = first;
  while (found.kind === 'records' && seen.length <= MOST_ALIASES) {
    const next = found.records[0]?.toLowerCase() ?? '';
    if (seen.includes(next)) return [...seen.slice(seen.indexOf(next)), next];
    seen.push(next);
    found = await answer(() => resolver.resolveCname(next));
  }
  return null;
}

async function answer<T>(ask: () => Promise<readonly T[]>): Promise<Answer<T>> {
  try {
    const records = await ask();
    return records.length === 0 ? { kind: 'empty' } : { kind: 'records', records };
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENODATA') return { kind: 'empty' };
    if (code === 'ENOTFOUND') return { kind: 'unknown' };
    return { kind: 'failed', detail: FAILURES[code] ?? code };
  }
}

const FAILURES: Readonly<Record<string, string>> = {
  ESERVFAIL: 'it answers SERVFAIL',
  EREFUSED: 'it refuses the question (REFUSED)',
  ETIMEOUT: 'it does not answer in time',
  ECONNREFUSED: 'it cannot be reached',
};

/** The name's own name servers: those of the nearest zone above it. */
async function authoritiesOf(resolver: Resolver, name: string, port = 53): Promise<Server[]> {
  for (const zone of upwards(name)) {
    const found = await answer(() => resolver.resolveNs(zone));
    if (found.kind === 'failed') return [];
    if (found.kind !== 'records') continue;
    const named = found.records.toSorted().slice(0, MOST_AUTHORITIES);
    const servers = await Promise.all(
      named.map(async (server) => {
        const addresses = await answer(() => resolver.resolve4(server));
        return addresses.kind === 'records' ? { server, addresses: addresses.records } : null;
      }),
    );
    return servers.flatMap((one) =>
      one === null ? [] : [{ ...one, addresses: one.addresses.map((ip) => `${ip}:${port}`), isAuthoritative: true }],
    );
  }
  return [];
}

/** The name and its parents but the last, such as `a.example.com` and `example.com`. */
function upwards(name: string): string[] {
  const labels = name.split('.');
  return labels.slice(0, Math.max(1, labels.length - 1)).map((_, index) => labels.slice(index).join('.'));
}

async function caaOf(resolver: Resolver, name: string): Promise<Pick<NameRecords, 'caa' | 'caaProblem'>> {
  for (const at of upwards(name)) {
    const found = await answer(() => resolver.resolveCaa(at));
    if (found.kind === 'failed') return { caa: null, caaProblem: `the CAA records of ${at}: ${found.detail}` };
    if (found.kind === 'records') return { caa: { at, records: found.records.map(caaRecord) }, caaProblem: null };
  }
  return { caa: null, caaProblem: null };
}

/** Node.js has the tag of a record as the name of a field. */
function caaRecord({ critical, ...tagged }: { readonly critical: number }): CaaRecord {
  const [tag = '', value = ''] = Object.entries(tagged).find(([name]) => name !== 'type') ?? [];
  return { isCritical: critical !== 0, tag, value: String(value) };
}

/** Returns why this machine cannot connect to a port of an address; null: it can. Ends within 3 s. Never throws. */
function connectionProblem(address: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: CONNECT_MS });
    const settle = (problem: string | null) => {
      socket.destroy();
      resolve(problem);
    };
    socket.once('connect', () => settle(null));
    socket.once('timeout', () => settle(`port ${port} does not answer within ${CONNECT_MS / 1_000} s`));
    socket.once('error', ({ code = 'an error' }: NodeJS.ErrnoException) => settle(`port ${port}: ${code}`));
  });
}
