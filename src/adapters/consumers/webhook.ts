import { Failure } from '../../ports/failure.js';
import type { Network } from '../outgoing/checked-addresses.js';
import { post } from '../outgoing/post.js';
import { signedHeaders, type SignedMessage } from '../outgoing/signature.js';

/** A signed message for a webhook. */
export interface Delivery {
  /** Name of the secret, for messages. */
  readonly secret: string;
  readonly url: string;
  readonly message: SignedMessage;
  readonly keys: readonly Buffer[];
}

/**
 * Posts a signed message and returns the status of the answer, 200 to 499. Throws as {@link post} does, and `unavailable` for
 * 408, 429 and 5xx. It may lead to private networks.
 */
export async function postWebhook({ secret, url, message, keys }: Delivery, network: Network): Promise<number> {
  const target = new URL(url);
  const { origin } = target;
  const change = `hecate update secret --name ${secret} --webhook URL`;
  const server = { what: `the webhook ${origin}`, allowsPrivate: true, change };
  const headers = signedHeaders(message, keys);
  const { status, retryAfterS } = await post({ url: target, server, headers, body: message.body }, network);
  if (status < 500 && status !== 408 && status !== 429) return status;
  const pause = retryAfterS === null ? '' : ` and asks to wait ${retryAfterS} s`;
  throw new Failure('unavailable', `the webhook ${origin} answered ${status}${pause}`, {
    system: origin,
    hint: 'Look at the log of the consumer.',
  });
}
