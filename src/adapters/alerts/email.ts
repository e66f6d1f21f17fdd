import { isIP } from 'node:net';
import { createTransport } from 'nodemailer';
import { networkErrorReason, Failure } from '../../ports/failure.js';
import { checkedAddresses, type NamedServer, type Network } from '../outgoing/checked-addresses.js';
import { notDelivered } from '../outgoing/post.js';
import type { Outgoing } from './http-sink.js';
import { cut, textOf, titleOf } from './message.js';

const ANSWER_MS = 10_000;
const LONGEST_MS = 30_000;
const LONGEST_SUBJECT = 150;
const TLS_PORT = 465;
const SUBMISSION_PORT = 587;

/** A mail with its sender and recipients. */
export interface AlertMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  /** The same at each attempt, so that a mailbox can tell a repeated one. */
  readonly messageId: string;
}

/** Returns the mail about a notification. */
export function alertMail({ notification, sink: { from, to } }: Outgoing): AlertMail {
  const domain = (from ?? '').split('@')[1] ?? 'hecate';
  return {
    ...{ from: from ?? '', to, text: textOf(notification) },
    subject: cut(titleOf(notification), LONGEST_SUBJECT),
    messageId: `<${notification.id.replace(/[^\w-]/g, '_')}@${domain}>`,
  };
}

/**
 * Sends a mail by SMTP, with TLS from the start for smtps:// and STARTTLS for smtp://. Returns the answer's code. Throws as
 * {@link post} does; `denied` also when the server refuses user, sender or recipients for good.
 */
export async function sendMail(
  outgoing: Outgoing,
  server: Pick<NamedServer, 'what' | 'allowsPrivate' | 'change' | 'allow'>,
  network: Network,
): Promise<string> {
  const { sink, values } = outgoing;
  const { protocol, hostname, port: given } = new URL(sink.url ?? '');
  const isTls = protocol === 'smtps:';
  const [port, host] = [Number(given) || (isTls ? TLS_PORT : SUBMISSION_PORT), hostname.replace(/^\[|\]$/g, '')];
  const system = `${protocol}//${hostname}:${port}`;
  const [address = host] = await checkedAddresses({ ...server, system, host, port }, network);
  const transport = createTransport({
    // The checked address, under the name of its certificate.
    ...{ host: address, port, secure: isTls, tls: isIP(host) === 0 ? { servername: host } : {} },
    ...(isTls || sink.allowPlaintext ? {} : { requireTLS: true }),
    ...(sink.user === null ? {} : { auth: { user: sink.user, pass: (values[0] ?? '').replace(/\r?\n$/, '') } }),
    ...{ connectionTimeout: ANSWER_MS, greetingTimeout: ANSWER_MS, socketTimeout: ANSWER_MS, dnsTimeout: ANSWER_MS },
    ...{ disableFileAccess: true, disableUrlAccess: true },
  });
  const timer = setTimeout(() => transport.close(), LONGEST_MS);
  try {
    const { to, ...mail } = alertMail(outgoing);
    const { response } = await transport.sendMail({ ...mail, to: [...to] });
    return `answered ${/^\d{3}/.exec(response)?.[0] ?? 'yes'}`;
  } catch (error) {
    throw notSent(server.what, system, error);
  } finally {
    clearTimeout(timer);
    transport.close();
  }
}

/** Words of OpenSSL and Node.js about a certificate that does not verify: the error has no code for it. */
const CERTIFICATE = /certificate|self.signed|altnames/i;

/** The server's own words may repeat what was sent, so only its code is told. */
function notSent(what: string, system: string, error: unknown): Failure {
  const { code, responseCode, message } = error as {
    readonly code?: unknown;
    readonly responseCode?: unknown;
    readonly message?: unknown;
  };
  const isAboutTls = code === 'ETLS' || (typeof responseCode !== 'number' && CERTIFICATE.test(String(message)));
  if (isAboutTls) {
    return new Failure('denied', `${what} does not offer STARTTLS, or its certificate does not verify`, {
      system,
      hint: 'Use a port with TLS (smtps://), mend the certificate, or name its authority to the worker with NODE_EXTRA_CA_CERTS.',
    });
  }
  if (typeof responseCode !== 'number') return notDelivered(what, system, error);
  const kind = responseCode >= 500 ? 'denied' : 'unavailable';
  const words = code === 'EAUTH' ? 'refuses the user or password' : 'refuses the mail';
  return new Failure(kind, `${what} ${words} (${responseCode}, ${networkErrorReason(error)})`, {
    system,
    hint: 'Compare user, password, sender and recipients with: hecate read alert-sink',
  });
}
