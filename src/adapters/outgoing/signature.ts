import { createHmac } from 'node:crypto';

/** Sizes of a key in bytes that the Standard Webhooks specification allows. */
const SMALLEST_KEY = 24;
const LARGEST_KEY = 64;

/** Returns the key in a text `whsec_<base64>`; null: it is none. White space around it is left out. */
export function signingKey(text: string): Buffer | null {
  const [, base64] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text.trim()) ?? [];
  const key = Buffer.from(base64 ?? '', 'base64');
  return key.length >= SMALLEST_KEY && key.length <= LARGEST_KEY ? key : null;
}

/** A message as it is signed. */
export interface SignedMessage {
  /** Contains no full stop, which separates the parts. */
  readonly id: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly body: string;
}

/** Returns the headers of a message by the Standard Webhooks specification, with a signature by each key. */
export function signedHeaders({ id, timestamp, body }: SignedMessage, keys: readonly Buffer[]): Record<string, string> {
  const signatures = keys.map((key) => createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64'));
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.map((one) => `v1,${one}`).join(' '),
  };
}
