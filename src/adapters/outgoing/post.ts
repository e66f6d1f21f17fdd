import { Agent, request } from 'undici';
import { Failure, networkErrorReason } from '../../ports/failure.js';
import { checkedAddresses, pinned, type NamedServer, type Network } from './checked-addresses.js';

/** A message by HTTP to a server that a person named. */
export interface Posted {
  readonly url: URL;
  readonly server: Pick<NamedServer, 'what' | 'allowsPrivate' | 'change' | 'allow'>;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
}

/** The part of an answer that counts. */
export interface PostAnswer {
  readonly status: number;
  /** The pause that it asks for; null: none. */
  readonly retryAfterS: number | null;
}

const ANSWER_MS = 10_000;

/**
 * Posts JSON and returns the status of the answer. Follows no redirect and does not read the body. The message goes only to
 * addresses that were checked; see {@link checkedAddresses}. Throws `Failure`: `unavailable` for no answer in 10 s, `denied`
 * for an address that it may not have, and for a certificate that does not verify. Its texts have only the origin of the URL,
 * since the path may be secret. Takes at most 24 s.
 */
export async function post({ url, server, headers, body }: Posted, network: Network): Promise<PostAnswer> {
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  const addresses = await checkedAddresses({ ...server, system: url.origin, host: url.hostname, port }, network);
  const agent = new Agent({ connect: { lookup: pinned(addresses) } });
  try {
    const answer = await request(url, {
      method: 'POST',
      dispatcher: agent,
      signal: AbortSignal.timeout(ANSWER_MS),
      headers: { 'content-type': 'application/json', 'user-agent': 'hecate', ...headers },
      body,
    });
    answer.body.on('error', () => undefined).destroy();
    return { status: answer.statusCode, retryAfterS: pauseOf(answer.headers['retry-after']) };
  } catch (error) {
    throw notDelivered(server.what, url.origin, error);
  } finally {
    void agent.destroy().catch(() => undefined);
  }
}

function pauseOf(pause: string | string[] | undefined): number | null {
  return typeof pause === 'string' && /^\d{1,6}$/.test(pause) ? Number(pause) : null;
}

/** Codes of a certificate that does not verify: those of OpenSSL, and of Node.js for a name that does not fit. */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|HOSTNAME_MISMATCH/;

/** Returns the failure of a server that could not be told. */
export function notDelivered(what: string, system: string, error: unknown): Failure {
  const reason = networkErrorReason(error);
  if (CERTIFICATE.test(reason)) {
    return new Failure('denied', `the certificate of ${what} does not verify (${reason})`, {
      system,
      hint: 'Mend the certificate, or name its authority to the worker with NODE_EXTRA_CA_CERTS.',
    });
  }
  return new Failure('unavailable', `${what} does not answer (${reason})`, {
    system,
    hint: 'Start it, or look at the network between it and the worker.',
  });
}
