import { addressesIn } from '../values/network/embedded-address.js';

/**
 * What a part of Hecate is to a visitor who reaches it. `admin`: the admin endpoint of a Caddy. `entrance`: a port on which
 * Caddy itself serves visitors. `server`: one of Hecate's own servers. `home`: a file in Hecate's home folder.
 */
export type OwnPartKind = 'admin' | 'entrance' | 'server' | 'home';

/** A part of Hecate that a dial address leads to. */
export interface OwnPart {
  readonly kind: OwnPartKind;
  /** Name for messages, such as `NATS` or `the Web UI of Temporal`. */
  readonly name: string;
  /** The address that a host name resolves to; null: the dial address is not a name. */
  readonly resolved: string | null;
}

/** All loopback addresses of a machine together with the unspecified ones, which lead there too. */
export const LOOPBACK = 'loopback';

/** A server of Hecate, as Caddy reaches it. */
export interface OwnServer extends Pick<OwnPart, 'kind' | 'name'> {
  readonly port: number;
  /** Canonical IP addresses, {@link LOOPBACK}, and host names in lower case. */
  readonly hosts: ReadonlySet<string>;
}

/** A file or folder of Hecate; a folder stands for everything below it. */
export interface OwnFile extends Pick<OwnPart, 'kind' | 'name'> {
  /** Absolute path without symbolic links. */
  readonly path: string;
  /** Identities (`device:inode`) of it and of what lies in it, which hold under other mount points and hard links too. */
  readonly identities: ReadonlySet<string>;
}

/** Everything that no upstream may lead to. */
export interface OwnParts {
  readonly servers: readonly OwnServer[];
  readonly files: readonly OwnFile[];
  /** Servers beside Hecate that routes may lead to, although one of Hecate's processes may be behind them: authentik. */
  readonly peers: readonly Pick<OwnServer, 'port' | 'hosts'>[];
}

/** Where a dial address leads to. */
export type DialLocation =
  | {
      readonly kind: 'socket';
      /** The path as it is written and without symbolic links. */
      readonly paths: readonly string[];
      /** Identities (`device:inode`) of the socket and of the folders above it, as far as they exist. */
      readonly identities: readonly string[];
    }
  | {
      readonly kind: 'tcp';
      /** Host name in lower case; null: an IP address. */
      readonly name: string | null;
      /** The address, or all that the name resolves to. */
      readonly addresses: readonly string[];
      readonly port: number;
      /** The name could not be looked up, so it may have more addresses. */
      readonly isUnknown?: boolean;
    };

/** Returns the part of Hecate that a location belongs to; null: none. */
export function ownPartAt(location: DialLocation, own: OwnParts): OwnPart | null {
  return location.kind === 'socket' ? ownFileAt(location, own) : ownServerAt(location, own);
}

function ownFileAt({ paths, identities }: Extract<DialLocation, { kind: 'socket' }>, { files }: OwnParts) {
  const found = files.find(
    ({ path, identities: own }) =>
      paths.some((one) => one === path || one.startsWith(`${path}/`)) || identities.some((one) => own.has(one)),
  );
  return found ? { kind: found.kind, name: found.name, resolved: null } : null;
}

function ownServerAt({ name, addresses, port }: Extract<DialLocation, { kind: 'tcp' }>, own: OwnParts): OwnPart | null {
  const hosts = [...(name === null ? [] : [name]), ...addresses.flatMap(canonicalHosts)];
  const leadsTo = (server: Pick<OwnServer, 'port' | 'hosts'>) =>
    server.port === port && hosts.some((host) => server.hosts.has(host));
  const found = own.servers.filter(leadsTo);
  const [first] = found.filter(({ kind }) => kind !== 'server');
  const part = first ?? (own.peers.some(leadsTo) ? undefined : found[0]);
  if (part === undefined) return null;
  const resolved =
    name === null ? null : (addresses.find((one) => canonicalHosts(one).some((host) => part.hosts.has(host))) ?? null);
  return { kind: part.kind, name: part.name, resolved };
}

/** Returns one sentence without a full stop: what a dial address is, and what visitors could do there. */
export function ownPartText(dial: string, { kind, name, resolved }: OwnPart): string {
  const where = resolved === null ? dial : `${dial}, which is ${resolved} here,`;
  switch (kind) {
    case 'admin':
      return `${where} is the admin endpoint of a Caddy; every visitor could replace its configuration`;
    case 'entrance':
      return `${where} is an address of ${name} itself; requests would go round in a circle`;
    case 'server':
      return `${where} is ${name}, a server of Hecate itself; every visitor could reach it`;
    case 'home':
      return `${where} is in ${name}; every visitor could reach a server of Hecate itself`;
  }
}

const UNSPECIFIED = ['0.0.0.0', '::'];

/**
 * Returns an IP address in canonical form and the IPv4 addresses that it contains (mapped, NAT64, 6to4, Teredo, ISATAP), with
 * {@link LOOPBACK} for every address that means the machine itself. Another text is returned in lower case.
 */
export function canonicalHosts(address: string): readonly string[] {
  const found = addressesIn(address);
  const hosts = (found.length === 0 ? [address.toLowerCase()] : found).map((host) =>
    UNSPECIFIED.includes(host) || host === '::1' || /^127\./.test(host) ? LOOPBACK : host,
  );
  return [...new Set(hosts)];
}
