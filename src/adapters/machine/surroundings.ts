import { readdir } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import {
  canonicalHosts,
  LOOPBACK,
  ownPartAt,
  type OwnFile,
  type OwnPart,
  type OwnPartKind,
  type OwnParts,
  type OwnServer,
} from '../../domain/serving/own-part.js';
import type { Surroundings } from '../../ports/surroundings.js';
import { identityOf, locate, type Resolve } from './dial-location.js';
import { createNameLookup } from './name-lookup.js';

/** A server of Hecate, as the worker reaches it. */
export interface KnownServer {
  readonly kind: OwnPartKind;
  readonly name: string;
  /** Host name or IP address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Hecate's own servers and folders, as the worker knows them. */
export interface KnownParts {
  readonly home: string;
  /** Origin of the connections: the proxies, or this process. Default: the proxies. */
  readonly seenFrom?: 'proxies' | 'here';
  /** The admin endpoint and the entrances of each Caddy. */
  readonly proxies: readonly {
    /** `unix//path`, `host:port` or `http://host:port`. */
    readonly admin: string;
    readonly entrances: readonly Omit<KnownServer, 'kind'>[];
  }[];
  readonly servers: readonly Omit<KnownServer, 'kind'>[];
  /** Servers that routes may lead to. */
  readonly peers: readonly Pick<KnownServer, 'host' | 'port'>[];
  /** Ports of this machine on which Hecate's processes listen, with the server's name; read again for each question. */
  readonly listening: () => readonly Pick<KnownServer, 'name' | 'port'>[];
}

/**
 * Creates {@link Surroundings} of known parts. `resolveOwn` resolves the names of Hecate's own servers, which wait for no
 * others.
 */
export function createSurroundings(
  known: KnownParts,
  resolve: Resolve = createNameLookup(),
  resolveOwn: Resolve = createNameLookup(),
): Surroundings {
  return {
    async ownParts(dials) {
      const own = await ownPartsOf(known, resolveOwn);
      const found = await Promise.all(
        dials.map(async (dial) => {
          const location = await locate(dial, resolve);
          const part = location && ownPartAt(location, own);
          if (part !== null) return [[dial, part] as const];
          return location?.kind === 'tcp' && location.isUnknown === true ? [[dial, 'unknown'] as const] : [];
        }),
      );
      return new Map<string, OwnPart | 'unknown'>(found.flat());
    },
  };
}

async function ownPartsOf(known: KnownParts, resolve: Resolve): Promise<OwnParts> {
  const here = interfaceAddresses();
  const hostsOf = async (host: string) => namesAndAddresses(host, resolve);
  const isHere = (hosts: ReadonlySet<string>) => [...hosts].some((host) => host === LOOPBACK || here.has(host));
  const admins = await Promise.all(known.proxies.map(({ admin }) => adminOf(admin, hostsOf)));
  const areHere = admins.map((admin) => 'path' in admin || isHere(admin.hosts));
  const isAnyHere = known.seenFrom === 'here' || areHere.includes(true);
  const proxied = await Promise.all(
    known.proxies.map(async ({ entrances }, index): Promise<OwnServer[]> => {
      const admin = admins[index];
      // The proxy reaches itself on its own loopback address, wherever it runs.
      const around = [LOOPBACK, ...(areHere[index] ? here : [])];
      const of = async ({ host, ...one }: Omit<KnownServer, 'kind'>): Promise<OwnServer> => ({
        ...one,
        kind: 'entrance',
        hosts: new Set([...(await hostsOf(host)), ...around]),
      });
      const own =
        admin === undefined || 'path' in admin ? [] : [{ ...admin, hosts: new Set([...admin.hosts, ...around]) }];
      return [...own, ...(await Promise.all(entrances.map(of)))];
    }),
  );
  const servers = await Promise.all(
    known.servers.map(async ({ host, ...server }): Promise<OwnServer> => {
      const hosts = await hostsOf(host);
      return { ...server, kind: 'server', hosts: isHere(hosts) ? aroundHere(hosts) : hosts };
    }),
  );
  /** A server of this machine: at each of its addresses, and at the loopback address of a proxy that runs here. */
  function aroundHere(hosts: Iterable<string>): ReadonlySet<string> {
    const all = new Set([...hosts, ...here, LOOPBACK]);
    if (!isAnyHere) all.delete(LOOPBACK);
    return all;
  }
  const listening = known.listening().map((one): OwnServer => ({ ...one, kind: 'server', hosts: aroundHere([]) }));
  const peers = await Promise.all(
    known.peers.map(async ({ host, port }) => {
      const hosts = await hostsOf(host);
      return { port, hosts: isHere(hosts) ? aroundHere(hosts) : hosts };
    }),
  );
  const sockets = admins.flatMap((admin) => ('path' in admin ? [admin] : []));
  return { servers: [...proxied.flat(), ...servers, ...listening], files: await filesOf(known, sockets), peers };
}

interface AdminSocket {
  readonly path: string;
}

const ADMIN = { kind: 'admin', name: 'the admin endpoint of a Caddy' } as const;

async function adminOf(
  admin: string,
  hostsOf: (host: string) => Promise<ReadonlySet<string>>,
): Promise<AdminSocket | OwnServer> {
  if (admin.startsWith('unix/')) return { path: admin.slice('unix/'.length) };
  const url = new URL(admin.includes('://') ? admin : `http://${admin}`);
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  return { ...ADMIN, port, hosts: await hostsOf(url.hostname) };
}

async function namesAndAddresses(host: string, resolve: Resolve): Promise<ReadonlySet<string>> {
  const location = await locate(`${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:1`, resolve);
  if (location?.kind !== 'tcp') return new Set([host.toLowerCase()]);
  const { name, addresses } = location;
  return new Set([...(name === null ? [] : [name]), ...addresses.flatMap(canonicalHosts)]);
}

/** The addresses of this machine's network interfaces, loopback left out. */
function interfaceAddresses(): ReadonlySet<string> {
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  const hosts = addresses.flatMap(({ address }) => canonicalHosts(address));
  return new Set(hosts.filter((host) => host !== LOOPBACK));
}

async function filesOf({ home }: KnownParts, sockets: readonly AdminSocket[]): Promise<OwnFile[]> {
  const admins = await Promise.all(
    sockets.map(async ({ path }) => {
      const identity = await identityOf(path);
      return filesAt(ADMIN, path, identity === null ? [] : [identity]);
    }),
  );
  const folder = { kind: 'home', name: "Hecate's home folder" } as const;
  return [...admins.flat(), ...(await filesAt(folder, home, await identitiesIn(home)))];
}

/** The file under its path as it is written and without symbolic links. */
async function filesAt(
  part: Pick<OwnFile, 'kind' | 'name'>,
  path: string,
  identities: readonly string[],
): Promise<OwnFile[]> {
  const location = await locate(`unix/${path}`, async () => []);
  const paths = location?.kind === 'socket' ? location.paths : [path];
  return [...new Set(paths)].map((one) => ({ ...part, path: one, identities: new Set(identities) }));
}

/** Identities of a home, of the folders in it, and of the sockets in those. */
async function identitiesIn(home: string): Promise<readonly string[]> {
  const below = await readdir(home, { withFileTypes: true }).catch(() => []);
  const folders = below.filter((one) => one.isDirectory()).map(({ name }) => join(home, name));
  const inside = await Promise.all(
    folders.map(async (folder) => {
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
      return entries.filter((one) => one.isSocket()).map(({ name }) => join(folder, name));
    }),
  );
  const sockets = below.filter((one) => one.isSocket()).map(({ name }) => join(home, name));
  const found = await Promise.all([home, ...folders, ...sockets, ...inside.flat()].map(identityOf));
  return found.flatMap((one) => one ?? []);
}
