// Alert sinks: one file for each type. May import the domain, the ports and calls to the outside (outgoing).
import type { SinkType } from '../../domain/resources/alert-sink.js';
import { Failure } from '../../ports/failure.js';
import type { AlertSender, SinkAnswer } from '../../ports/alerts/sender.js';
import { checkedAddresses, type Network } from '../outgoing/checked-addresses.js';
import { post, type PostAnswer } from '../outgoing/post.js';
import { alertmanagerRequest } from './alertmanager.js';
import { discordRequest } from './discord.js';
import { alertMail, sendMail } from './email.js';
import type { Outgoing, SinkRequest } from './http-sink.js';
import { ntfyRequest } from './ntfy.js';
import { slackRequest } from './slack.js';
import { telegramRequest } from './telegram.js';
import { webhookRequest } from './webhook.js';

/** Dependencies for telling sinks. */
export interface SinkNetwork extends Network {
  /** Every sink may have a private address. */
  readonly allowsPrivate: boolean;
  /** Current time, Unix ms. */
  readonly nowMs: () => number;
}

/** The request that tells a sink; email has none. A type without a line does not compile. */
const requests: { readonly [T in Exclude<SinkType, 'email'>]: (outgoing: Outgoing) => SinkRequest } = {
  webhook: webhookRequest,
  alertmanager: alertmanagerRequest,
  ntfy: ntfyRequest,
  discord: discordRequest,
  slack: slackRequest,
  telegram: telegramRequest,
};

/** Creates the sender of alerts. */
export function createAlertSender(network: SinkNetwork): AlertSender {
  return {
    async send(notification, access) {
      const outgoing = { notification, ...access, nowMs: network.nowMs() };
      const { type } = access.sink;
      if (type === 'email')
        return { kind: 'taken', detail: await sendMail(outgoing, serverOf(outgoing, network), network) };
      const { url, headers, body } = usable(outgoing, requests[type](outgoing));
      const server = serverOf(outgoing, network);
      return answerOf(server.what, await post({ url, server, headers, body: JSON.stringify(body) }, network));
    },
    async rehearse(notification, access) {
      const outgoing = { notification, ...access, nowMs: network.nowMs() };
      const { sink } = access;
      const server = serverOf(outgoing, network);
      if (sink.type === 'email') {
        const { to, subject, text } = alertMail(outgoing);
        const { protocol, hostname, port } = new URL(sink.url ?? '');
        const system = `${protocol}//${hostname}`;
        await checkedAddresses({ ...server, system, host: hostname, port: Number(port) || 0 }, network);
        return { to: `${system} for ${to.join(', ')}`, message: `${subject}\n\n${text}` };
      }
      const { url, body } = usable(outgoing, requests[sink.type](outgoing));
      const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
      await checkedAddresses({ ...server, system: url.origin, host: url.hostname, port }, network);
      return { to: sink.url ?? url.origin, message: JSON.stringify(body, null, 2) };
    },
  };
}

function serverOf({ sink: { name, allowPrivateAddresses } }: Outgoing, { allowsPrivate }: SinkNetwork) {
  const change = `hecate update alert-sink --name ${name}`;
  return {
    what: `the alert sink ${name}`,
    allowsPrivate: allowPrivateAddresses || allowsPrivate,
    change: `${change} --url URL`,
    allow: `${change} --allow-private-addresses`,
  };
}

/** A URL that comes from a secret was never checked. */
function usable({ sink: { name, secret, allowPlaintext } }: Outgoing, { url, ...request }: SinkRequest) {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const isHttp = parsed?.protocol === 'https:' || (parsed?.protocol === 'http:' && allowPlaintext);
  if (parsed !== null && isHttp && parsed.username === '' && parsed.password === '') return { ...request, url: parsed };
  throw new Failure(
    'invalid',
    `the alert sink ${name} has no usable URL: the value of secret ${secret ?? ''} is not one that begins with https://`,
    {
      // prettier-ignore
      hint: `Give it the URL of the webhook: hecate update secret rotate --name ${secret ?? 'NAME'} --from-file FILE`,
    },
  );
}

const GONE = 410;

function answerOf(what: string, { status, retryAfterS }: PostAnswer): SinkAnswer {
  if (status >= 200 && status < 300) return { kind: 'taken', detail: `answered ${status}` };
  if (status === GONE) return { kind: 'gone', problem: `${what} wants no more messages (${status})` };
  const isRedirect = status >= 300 && status < 400;
  const problem = `${what} ${isRedirect ? `redirects (${status}), which is not followed` : `answered ${status}`}`;
  return { kind: 'failed', problem, retryAfterMs: retryAfterS === null ? null : retryAfterS * 1_000 };
}
