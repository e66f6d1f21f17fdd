import { fileProblem, readSecretFile } from '../files/secret-file.js';
import { request } from 'undici';
import { Failure } from '../../ports/failure.js';

/** An AppRole: Vault's address, and the files with the role's id and secret id. */
export interface AppRole {
  readonly address: string;
  readonly roleIdFile: string;
  readonly secretIdFile: string;
  /** Environment whose names the mounts have; absent: `main`. */
  readonly environment?: string;
}

/** A request to Vault. `path` is relative to `/v1/`. */
export interface VaultCall {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
}

/** Vault's HTTP API with one AppRole. Logs in at the first call, and again before its token expires. */
export interface VaultClient {
  /**
   * Returns status and body; any status below 500 is an answer. Throws `Failure`: `unavailable` when Vault does not answer
   * within 5 s or answers 5xx, `denied` when the role cannot log in.
   */
  call(call: VaultCall): Promise<{ readonly status: number; readonly body: unknown }>;
}

const TIMEOUT_MS = 5_000;
/** Share of a token's lifetime for which it is used. */
const USED_SHARE = 0.8;

interface Token {
  readonly value: string;
  readonly until: number;
}

/** Returns a client that is not logged in yet. */
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
      // The token may have been revoked. A second 403 is about the path.
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
  throw new Failure('denied', `Vault at ${address} refuses the login of Hecate’s role (status ${status})`, {
    system: 'vault',
    hint: `Check ${roleIdFile} and ${secretIdFile}.`,
  });
}

function credential(file: string): string {
  try {
    return readSecretFile(file);
  } catch (cause) {
    throw new Failure('denied', `cannot read ${file}, which holds the credential for Vault: ${fileProblem(cause)}`, {
      system: 'vault',
      cause,
    });
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
    // Leave out the cause, which may contain the request.
    const why = (cause as { code?: string }).code ?? (cause instanceof Error ? cause.message : 'no answer');
    throw new Failure('unavailable', `Vault at ${address} does not answer (${why})`, {
      system: 'vault',
      hint: 'Run hecate status. Start or unseal Vault, or correct HECATE_VAULT_ADDR.',
    });
  }
}
