import { statSync } from 'node:fs';
import { Failure } from '../../ports/failure.js';
import { fileProblem, readSecretFile } from '../files/secret-file.js';
import { askVault, VAULT_TIMEOUT_MS, type VaultAnswer, type VaultCall } from './ask-vault.js';

/** An AppRole: Vault's address, and the files with the role's id and secret id. */
export interface AppRole {
  readonly address: string;
  readonly roleIdFile: string;
  readonly secretIdFile: string;
  /** Environment whose names the mounts have; absent: `main`. */
  readonly environment?: string;
}

/** A login at Vault. */
export interface VaultLogin {
  readonly token: string;
  /** Time (ms, of `performance.now`) until which the token is used. */
  readonly until: number;
  readonly roleName: string;
  /** Metadata of the secret id, as Vault tells it. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Time of the login, ISO 8601 UTC. */
  readonly since: string;
}

/**
 * Vault's HTTP API with one AppRole. Logs in at the first call, again before its token expires, and after another process replaced the
 * file of the secret id.
 */
export interface VaultClient {
  /**
   * Returns status and body; any status below 500 is an answer. Throws `Failure`: `unavailable` when Vault does not answer
   * within 5 s, is sealed or answers 5xx, `denied` when the role cannot log in.
   */
  call(call: VaultCall): Promise<VaultAnswer>;
  /** Returns the login in use. Logs in when there is none. */
  login(): Promise<VaultLogin>;
  /**
   * Logs in with what the files hold now, and uses that for all calls from then on. The token before stays in use until then; it is revoked
   * when no call uses it any more. Throws like `call`; the login before stays then.
   */
  logInAgain(): Promise<VaultLogin>;
}

/** Share of a token's lifetime for which it is used. */
const USED_SHARE = 0.8;

/** Returns a client that is not logged in yet. */
export function createVaultClient(role: AppRole): VaultClient {
  let current: Promise<VaultLogin> | null = null;
  /** Time of the file of the secret id at the last login. */
  let fileTime: number | null = null;
  const inFlight = new Map<string, number>();
  const retired = new Set<string>();
  const dropWhenFailed = (login: Promise<VaultLogin>) => {
    login.catch(() => {
      if (current === login) current = null;
    });
    return login;
  };
  const login = async (deadline: AbortSignal): Promise<VaultLogin> => {
    const seen = current;
    if (seen !== null && (await seen).until <= performance.now() && current === seen) current = null;
    if (current !== null) followFile();
    else {
      fileTime = changedAt(role.secretIdFile);
      current = dropWhenFailed(logInWithFiles(role, deadline));
    }
    return current;
  };
  // Calls go on with the token in use meanwhile. A refused login leaves it, and the next change of the file is tried again.
  const followFile = () => {
    const now = changedAt(role.secretIdFile);
    if (now === null || now === fileTime) return;
    fileTime = now;
    void logInAgain().catch(() => undefined);
  };
  const revokeUnused = (token: string) => {
    if (!retired.has(token) || inFlight.has(token)) return;
    retired.delete(token);
    // A token that could not be revoked ends with its lifetime.
    void revokeToken(role.address, token).catch(() => undefined);
  };
  const using = async (token: string, call: VaultCall, deadline: AbortSignal): Promise<VaultAnswer> => {
    inFlight.set(token, (inFlight.get(token) ?? 0) + 1);
    try {
      return await askVault(role.address, call, { token, deadline });
    } finally {
      const left = (inFlight.get(token) ?? 1) - 1;
      if (left > 0) inFlight.set(token, left);
      else inFlight.delete(token);
      revokeUnused(token);
    }
  };
  const logInAgain = async (): Promise<VaultLogin> => {
    fileTime = changedAt(role.secretIdFile);
    const next = await logInWithFiles(role, AbortSignal.timeout(VAULT_TIMEOUT_MS));
    const before = await current?.catch(() => null);
    current = Promise.resolve(next);
    if (before) {
      retired.add(before.token);
      revokeUnused(before.token);
    }
    return next;
  };
  return {
    async call(call) {
      const deadline = AbortSignal.timeout(VAULT_TIMEOUT_MS);
      const { token } = await login(deadline);
      const answer = await using(token, call, deadline);
      if (answer.status !== 403) return answer;
      // The token may have been revoked. A second 403 is about the path.
      const now = current;
      if (now !== null && (await now.catch(() => null))?.token === token && current === now) current = null;
      return using((await login(deadline)).token, call, deadline);
    },
    login: () => login(AbortSignal.timeout(VAULT_TIMEOUT_MS)),
    logInAgain,
  };
}

/** Returns the time of a file's last change; null: it cannot be told. */
function changedAt(file: string): number | null {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? null;
}

/** Returns the login with a role's files. A secret id that was replaced in this moment is read once more. */
async function logInWithFiles(role: AppRole, deadline: AbortSignal): Promise<VaultLogin> {
  const { address, roleIdFile, secretIdFile } = role;
  for (let tried: string | null = null; ;) {
    const secretId = credential(secretIdFile);
    const answer = await logIn(address, { roleId: credential(roleIdFile), secretId }, deadline);
    if (answer.login !== null) return answer.login;
    if (tried === null && credential(secretIdFile) !== secretId) {
      tried = secretId;
      continue;
    }
    throw new Failure('denied', `Vault at ${address} refuses the login of Hecate’s role (status ${answer.status})`, {
      system: 'vault',
      hint: `Check ${roleIdFile} and ${secretIdFile}. After five refused logins Vault may refuse a role for 15 minutes.`,
    });
  }
}

/** Logs in with these credentials and no files. Login null: Vault refuses them. Throws `unavailable` like {@link askVault}. */
export async function logIn(
  address: string,
  { roleId, secretId }: { readonly roleId: string; readonly secretId: string },
  deadline: AbortSignal = AbortSignal.timeout(VAULT_TIMEOUT_MS),
): Promise<{ readonly login: VaultLogin | null; readonly status: number }> {
  const call = { method: 'POST', path: 'auth/approle/login', body: { role_id: roleId, secret_id: secretId } } as const;
  const { status, body } = await askVault(address, call, { deadline });
  const { auth } = body as { auth?: Auth | null };
  if (status !== 200 || !auth) return { login: null, status };
  const { role_name: roleName = '', ...metadata } = auth.metadata ?? {};
  const until = performance.now() + auth.lease_duration * 1_000 * USED_SHARE;
  return { status, login: { token: auth.client_token, until, roleName, metadata, since: new Date().toISOString() } };
}

interface Auth {
  readonly client_token: string;
  readonly lease_duration: number;
  readonly metadata?: Readonly<Record<string, string>> | null;
}

/** Revokes a token with itself. Idempotent. */
export async function revokeToken(address: string, token: string): Promise<void> {
  await askVault(address, { method: 'POST', path: 'auth/token/revoke-self' }, { token });
}

/** Reads a credential for Vault from its file. Throws `denied` with the reason when it cannot be read. */
export function credential(file: string): string {
  try {
    return readSecretFile(file);
  } catch (cause) {
    throw new Failure('denied', `cannot read ${file}, which holds the credential for Vault: ${fileProblem(cause)}`, {
      system: 'vault',
      cause,
    });
  }
}
