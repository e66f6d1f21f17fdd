import type { createComparison } from './same-answer.js';
import type { Exchange, Json } from './recorded-exchanges.js';

type Fields = { [key: string]: Json };
/** What the recording hides, and what the replay uses in its place. */
export type Substitutes = {
  readonly admin: string;
  readonly implicitFlow: string;
  /** Keys seen so far, by the identifier of the token. */
  readonly keys: Map<string, string>;
  /** The key a service account was last given. */
  serviceKey: string;
  readonly webhook: string;
  readonly password: string;
};
type Comparison = ReturnType<typeof createComparison>;

/** With which token the exchanges of the recording were made that weren't made with akadmin's. */
const otherTokens: Readonly<Record<number, (known: Substitutes) => string>> = {
  3: () => 'not-a-token',
  129: ({ keys }) => keys.get('lab-api-1 at first') ?? '',
  131: ({ keys }) => keys.get('lab-api-1 at first') ?? '',
  132: ({ keys }) => keys.get('lab-api-1') ?? '',
  333: ({ serviceKey }) => serviceKey,
};

/** The token of the exchange at `index`; null for none. */
export function tokenOf({ auth }: Exchange, index: number, known: Substitutes): string | null {
  if (auth === 'none') return null;
  if (auth !== 'other') return known.admin;
  return otherTokens[index]?.(known) ?? known.keys.get('lab-api-2') ?? '';
}

/** The recorded body with our ids and with what was redacted; null for none. */
export function bodyOf(exchange: Exchange, index: number, known: Substitutes, comparison: Comparison): Json {
  const { request, path } = exchange;
  if (request === null) return null;
  const body = JSON.parse(comparison.translate(JSON.stringify(request))) as Fields;
  if (body['password'] === '<redacted>') body['password'] = known.password;
  if (body['cookie_domain'] === '<redacted>') body['cookie_domain'] = 'lab.test';
  if (body['webhook_url']) body['webhook_url'] = known.webhook;
  if (body['authorization_flow'] === '<redacted>') {
    // Exchange 173 puts the flow with the second factor there, which 169 made.
    body['authorization_flow'] =
      index === 173 ? comparison.translate('3f0b84bf-eda5-4069-aa2f-dbfcb36aa85e') : known.implicitFlow;
  }
  if (body['key'] === '<redacted>') {
    const identifier = path.split('/')[3]!;
    // Whose key 136 repeats is redacted: the replay takes a key of its own, so that it is clear who calls with it.
    body['key'] = `key-${index}-of-${identifier}`;
    known.keys.set(identifier, String(body['key']));
  }
  return body;
}

/** Remembers the secrets that an answer shows. */
export function remember({ path }: Exchange, response: Json, known: Substitutes): void {
  const answer = (response ?? {}) as Fields;
  if (path.endsWith('/view_key/') && typeof answer['key'] === 'string') {
    const identifier = path.split('/')[3]!;
    const name = identifier === 'lab-api-1' ? 'lab-api-1 at first' : identifier;
    known.keys.set(name, answer['key']);
  }
  if (path.endsWith('/service_account/') && typeof answer['token'] === 'string') known.serviceKey = answer['token'];
}
