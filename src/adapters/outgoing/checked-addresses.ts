// Calls to servers that a person named, such as webhooks and alert sinks: only to addresses that were checked. May import the
// domain and the ports; other adapters may import it.
import { isIP, type LookupFunction } from 'node:net';
import type { OwnPart } from '../../domain/serving/own-part.js';
import { isPublicAddress } from '../../domain/values/network/public-address.js';
import { isLinkLocal } from '../../domain/values/network/webhook-url.js';
import { Failure } from '../../ports/failure.js';
import type { Surroundings } from '../../ports/surroundings.js';

/** The machine's names, and Hecate's own servers, to which nothing is sent. */
export interface Network {
  /** Returns the addresses of a host name; null: it could not be asked in time. */
  readonly resolve: (name: string) => Promise<readonly string[] | null>;
  readonly surroundings: Surroundings;
}

/** A server that a person named. */
export interface NamedServer {
  /** Name for messages with its article, such as `the webhook https://billing.example.com`. */
  readonly what: string;
  /** Its address for messages, such as `https://billing.example.com`. */
  readonly system: string;
  /** Host name or IP address, IPv6 with or without brackets. */
  readonly host: string;
  readonly port: number;
  /** Whether it may have a private address, or be on this machine. */
  readonly allowsPrivate: boolean;
  /** Command that changes the address. */
  readonly change: string;
  /** Command that allows private addresses; absent: there is none. */
  readonly allow?: string;
}

const LOOKUP_MS = 7_000;

/**
 * Returns the addresses of a server. Throws `denied` when one of them is a link-local or metadata address, a server of Hecate
 * itself, or a private one that is not allowed; `unavailable` when they are not known. Takes at most 14 s.
 */
export async function checkedAddresses(
  server: NamedServer,
  { resolve, surroundings }: Network,
): Promise<readonly string[]> {
  const host = server.host.replace(/^\[|\]$/g, '');
  const addresses = isIP(host) === 0 ? await addressesOf(host, resolve) : [host];
  if (addresses.length === 0) {
    throw new Failure('unavailable', `the name of ${server.what} has no address`, {
      system: server.system,
      hint: `Look at the name servers of the worker, or correct the address with: ${server.change}`,
    });
  }
  const local = addresses.find(isLinkLocal);
  if (local !== undefined)
    throw forbidden(server, `${local} is a link-local address, where clouds serve the credentials of a machine`);
  const dials = addresses.map((one) => (one.includes(':') ? `[${one}]:${server.port}` : `${one}:${server.port}`));
  const own = await within(LOOKUP_MS, surroundings.ownParts(dials));
  if (own === null)
    throw new Failure('unavailable', 'the names of Hecate’s own servers could not be looked up in time');
  for (const [dial, part] of own) if (isForbidden(part)) throw forbidden(server, ownText(dial, part));
  const inner = server.allowsPrivate ? undefined : addresses.find((one) => isPublicAddress(one) !== true);
  if (inner !== undefined) {
    throw new Failure('denied', `nothing is sent to ${server.what}: ${inner} is a private address`, {
      system: server.system,
      hint: `Correct the address with: ${server.change}${server.allow === undefined ? '' : `. Or allow private addresses with: ${server.allow}`}`,
    });
  }
  return addresses;
}

/** A lookup that knows only checked addresses: a name server may answer differently the second time. */
export function pinned(addresses: readonly string[]): LookupFunction {
  const known = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_name, options, callback) => {
    const [first] = known;
    if (options.all) callback(null, known);
    else callback(null, first?.address ?? '', first?.family);
  };
}

/** Caddy itself may be reached: the server may be behind it. */
function isForbidden(part: OwnPart | 'unknown'): part is OwnPart {
  return part !== 'unknown' && part.kind !== 'entrance';
}

function ownText(dial: string, { kind, name }: OwnPart): string {
  return `${dial} is ${name}${kind === 'server' ? ', a server of Hecate itself' : ''}`;
}

function forbidden({ what, system, change }: NamedServer, why: string): Failure {
  return new Failure('denied', `nothing is sent to ${what}: ${why}`, {
    system,
    hint: `Give another address with: ${change}`,
  });
}

async function addressesOf(name: string, resolve: Network['resolve']): Promise<readonly string[]> {
  const found = (await within(LOOKUP_MS, resolve(name))) ?? [];
  return found.length === 0 && /^(?:.*\.)?localhost$/.test(name) ? ['127.0.0.1', '::1'] : found;
}

/** Returns the result; null: it did not come in time. */
function within<T>(ms: number, result: Promise<T>): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(null), ms);
    result.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
