import { request } from 'undici';
import { Failure, networkErrorReason } from '../../ports/failure.js';

/** A request to Vault. `path` is relative to `/v1/`. */
export interface VaultCall {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  /** Asks for the answer in a response wrapping that lasts so long, such as `60s`. */
  readonly wrapTtl?: string;
}

/** Vault's answer; any status below 500 is one. */
export interface VaultAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Time for a call. */
export const VAULT_TIMEOUT_MS = 5_000;

/**
 * Asks Vault once. Token null: none. Throws `unavailable` when Vault does not answer in time, is sealed, or answers 5xx. Without
 * Vault's own message and without the request, which may contain a value.
 */
export async function askVault(
  address: string,
  { method, path, body, wrapTtl }: VaultCall,
  {
    token = null,
    deadline = AbortSignal.timeout(VAULT_TIMEOUT_MS),
  }: { readonly token?: string | null; readonly deadline?: AbortSignal } = {},
): Promise<VaultAnswer> {
  let answer: { readonly status: number; readonly text: string };
  try {
    const { statusCode, body: stream } = await request(`${address}/v1/${path}`, {
      method,
      signal: deadline,
      reset: true,
      headers: {
        'content-type': 'application/json',
        ...(token === null ? {} : { 'x-vault-token': token }),
        ...(wrapTtl === undefined ? {} : { 'x-vault-wrap-ttl': wrapTtl }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    answer = { status: statusCode, text: await stream.text() };
  } catch (cause) {
    throw unanswered(`Vault at ${address} does not answer (${networkErrorReason(cause)})`);
  }
  if (answer.status >= 500) throw unanswered(`Vault at ${address} ${problemOf(answer)}`);
  return { status: answer.status, body: parsed(answer.text) };
}

function problemOf({ status, text }: { readonly status: number; readonly text: string }): string {
  if (status === 503 && /\bis sealed\b/.test(text)) return 'is sealed';
  if (/\bnot initialized\b/.test(text)) return 'is not initialised';
  return `does not answer (status ${status})`;
}

function parsed(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    return {};
  }
}

function unanswered(message: string): Failure {
  return new Failure('unavailable', message, {
    system: 'vault',
    hint: 'Run hecate status. Start or unseal Vault, or correct HECATE_VAULT_ADDR.',
  });
}
