import { isIP, type LookupFunction } from 'node:net';
import { Agent, request } from 'undici';
import { canonicalHost, type OwnPart } from '../../domain/serving/own-part.js';
import { isLinkLocal } from '../../domain/values/webhook-url.js';
import { Failure, networkErrorReason } from '../../ports/failure.js';
import type { Surroundings } from '../../ports/surroundings.js';
import { signedHeaders, type SignedMessage } from './signature.js';

/** The machine's names, and Hecate's own servers, to which no webhook may lead. */
export interface Network {
  /** Returns the addresses of a host name; null: it could not be asked in time. */
  readonly resolve: (name: string) => Promise<readonly string[] | null>;
  readonly surroundings: Surroundings;
}

/** A signed message for a webhook. */
export interface Delivery {
  /** Name of the secret, for messages. */
  readonly secret: string;
  readonly url: string;
  readonly message: SignedMessage;
  readonly keys: readonly Buffer[];
}

const ANSWER_MS = 10_000;
const LOOKUP_MS = 7_000;

/**
 * Posts a signed message and returns the status of the answer, 200 to 499. Follows no redirect and does not read the body. The
 * message goes only to addresses that were checked. Throws `Failure`: `unavailable` for no answer in 10 s, 408, 429 and 5xx;
 * `denied` for an address that no webhook may have, and for a certificate that does not verify. Takes at most 18 s.
 */
export async function postWebhook({ secret, url, message, keys }: Delivery, network: Network): Promise<number> {
  const target = new URL(url);
  const addresses = await checkedAddresses(target, secret, network);
  const agent = new Agent({ connect: { lookup: pinned(addresses) } });
  try {
    const { statusCode, headers, body } = await request(target, {
      method: 'POST',
      dispatcher: agent,
      signal: AbortSignal.timeout(ANSWER_MS),
      headers: { 'content-type': 'application/json', 'user-agent': 'hecate', ...signedHeaders(message, keys) },
      body: message.body,
    });
    body.on('error', () => undefined).destroy();
    if (statusCode < 500 && statusCode !== 408 && statusCode !== 429) return statusCode;
    throw new Failure('unavailable', `the webhook ${target.origin} answered ${statusCode}${pauseOf(headers)}`, {
      system: target.origin,
      hint: 'Look at the log of the consumer.',
    });
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw notDelivered(target, error);
  } finally {
    void agent.destroy().catch(() => undefined);
  }
}

function pauseOf(headers: Readonly<Record<string, string | string[] | undefined>>): string {
  const pause = headers['retry-after'];
  return typeof pause === 'string' && /^\d{1,6}$/.test(pause) ? ` and asks to wait ${pause} s` : '';
}

/** Codes of a certificate that does not verify: those of OpenSSL, and of Node.js for a name that does not fit. */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|HOSTNAME_MISMATCH/;

function notDelivered({ origin }: URL, error: unknown): Failure {
  const reason = networkErrorReason(error);
  if (CERTIFICATE.test(reason)) {
    return new Failure('denied', `the certificate of the webhook ${origin} does not verify (${reason})`, {
      system: origin,
      hint: 'Mend the certificate, or name its authority to the worker with NODE_EXTRA_CA_CERTS.',
    });
  }
  return new Failure('unavailable', `the webhook ${origin} does not answer (${reason})`, {
    system: origin,
    hint: 'Start the consumer, or look at the network between it and the worker.',
  });
}

/** Returns the addresses of a URL's host. Throws when one of them is not for webhooks, or when they are not known. */
async function checkedAddresses(
  target: URL,
  secret: string,
  { resolve, surroundings }: Network,
): Promise<readonly string[]> {
  const { hostname, port, protocol, origin } = target;
  const host = hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(host) === 0 ? await addressesOf(host, resolve) : [host];
  if (addresses.length === 0) {
    throw new Failure('unavailable', `the name of the webhook ${origin} has no address`, {
      system: origin,
      hint: `Look at the name servers of the worker, or correct the URL with: ${changing(secret)}`,
    });
  }
  const local = addresses.find((one) => isLinkLocal(canonicalHost(one)));
  if (local !== undefined)
    throw forbidden(
      target,
      secret,
      `${local} is a link-local address, where clouds serve the credentials of a machine`,
    );
  const used = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
  const dials = addresses.map((one) => (one.includes(':') ? `[${one}]:${used}` : `${one}:${used}`));
  const own = await within(LOOKUP_MS, surroundings.ownParts(dials));
  if (own === null)
    throw new Failure('unavailable', 'the names of Hecate’s own servers could not be looked up in time');
  for (const [dial, part] of own) if (isForbidden(part)) throw forbidden(target, secret, ownText(dial, part));
  return addresses;
}

/** Caddy itself may be reached: the consumer may be behind it. */
function isForbidden(part: OwnPart | 'unknown'): part is OwnPart {
  return part !== 'unknown' && part.kind !== 'entrance';
}

function ownText(dial: string, { kind, name }: OwnPart): string {
  return `${dial} is ${name}${kind === 'server' ? ', a server of Hecate itself' : ''}`;
}

function forbidden({ origin }: URL, secret: string, why: string): Failure {
  return new Failure('denied', `nothing is sent to the webhook ${origin}: ${why}`, {
    system: origin,
    hint: `Give the address of the consumer with: ${changing(secret)}`,
  });
}

function changing(secret: string): string {
  return `hecate update secret --name ${secret} --webhook URL`;
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

/** A lookup that knows only checked addresses: a name server may answer differently the second time. */
function pinned(addresses: readonly string[]): LookupFunction {
  const known = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_name, options, callback) => {
    const [first] = known;
    if (options.all) callback(null, known);
    else callback(null, first?.address ?? '', first?.family);
  };
}
