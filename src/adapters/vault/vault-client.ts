import { readFileSync } from 'node:fs';
import { request } from 'undici';
import { Failure } from '../../ports/failure.js';

/** An AppRole, by the files that hold its two halves. */
export interface AppRole {
  readonly address: string;
  readonly roleIdFile: string;
  readonly secretIdFile: string;
}

/** What is asked of Vault, below `/v1/`. */
export interface VaultCall {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
}

/** Vault's HTTP API as one AppRole. Logs in when it has to; a token that ran out is replaced by a new one. */
export interface VaultClient {
  /** The answer's status and body; 4xx other than a refused credential are answers, not errors. */
  call(call: VaultCall): Promise<{ readonly status: number; readonly body: unknown }>;
}

const TIMEOUT_MS = 5_000;
/** A token is used for this share of its life. */
const USED_SHARE = 0.8;

interface Token {
  readonly value: string;
  readonly until: number;
}

/** A client that is not logged in yet. */
export function createVaultClient(role: AppRole): VaultClient {
  let login: Promise<Token> | null = null;
  const token = async (deadline: AbortSignal) => {
    if (login && (await login).until <= performance.now()) login = null;
    login ??= logIn(role, deadline);
    login.catch(() => (login = null));
    return (await login).value;
  };
  return {
    async call(call) {
      const deadline = AbortSignal.timeout(TIMEOUT_MS);
      const answer = await send(role.address, call, { token: await token(deadline), deadline });
      if (answer.status !== 403) return answer;
      // The token may have been revoked; a second refusal is meant.
      login = null;
      return send(role.address, call, { token: await token(deadline), deadline });
    },
  };
}

async function logIn({ address, roleIdFile, secretIdFile }: AppRole, deadline: AbortSignal): Promise<Token> {
  const credentials = { role_id: credential(roleIdFile), secret_id: credential(secretIdFile) };
  const call = { method: 'POST' as const, path: 'auth/approle/login', body: credentials };
  const { status, body } = await send(address, call, { token: null, deadline });
  const { auth } = body as { auth?: { client_token: string; lease_duration: number } };
  if (status === 200 && auth) {
    return { value: auth.client_token, until: performance.now() + auth.lease_duration * 1_000 * USED_SHARE };
  }
  throw new Failure('denied', `Vault at ${address} refuses our role (status ${status})`, {
    system: 'vault',
    hint: `Look at ${roleIdFile} and ${secretIdFile}.`,
  });
}

function credential(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new Failure('denied', `the credential ${file} for Vault cannot be read`, { system: 'vault', cause });
  }
}

async function send(
  address: string,
  { method, path, body }: VaultCall,
  { token, deadline }: { readonly token: string | null; readonly deadline: AbortSignal },
): Promise<{ status: number; body: unknown }> {
  try {
    const answer = await request(`${address}/v1/${path}`, {
      method,
      signal: deadline,
      reset: true,
      headers: { 'content-type': 'application/json', ...(token === null ? {} : { 'x-vault-token': token }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    if (answer.statusCode < 500) return { status: answer.statusCode, body: text === '' ? {} : JSON.parse(text) };
    throw new Error(`status ${answer.statusCode}`);
  } catch (cause) {
    // The cause is not kept: it could hold the request.
    const why = (cause as { code?: string }).code ?? (cause instanceof Error ? cause.message : 'no answer');
    throw new Failure('unavailable', `Vault at ${address} does not answer (${why})`, {
      system: 'vault',
      hint: 'Look at: hecate status. Start it, unseal it, or correct HECATE_VAULT_ADDR.',
    });
  }
}
