import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Failure } from '../../ports/failure.js';
import type { ConsumerUse, Credential, Issuer, OwnCredential } from '../../ports/credentials.js';
import { fileProblem } from '../files/secret-file.js';
import { writePrivate } from '../files/private-files.js';
import { askVault, type VaultCall } from './ask-vault.js';
import { vaultMounts } from './mounts.js';
import { credential, logIn, revokeToken, type AppRole, type VaultClient } from './vault-client.js';
import { refused } from './vault-secrets.js';

/** Names of the secrets of the kind `vault-approle`: the secret ids of the worker and of the command line. */
export const approleSecrets = ['vault-worker', 'vault-cli'] as const;
/** A name of {@link approleSecrets}. */
export type ApproleSecret = (typeof approleSecrets)[number];

/** Files of an AppRole: its role id, which stays, and its secret id, which is rotated. */
export interface RoleFiles {
  readonly roleIdFile: string;
  readonly secretIdFile: string;
}

/** The parts that the issuer of secret ids works with. */
export interface ApproleDeps {
  readonly role: AppRole;
  /** The client of {@link role} that the worker uses for everything, so that it takes up a new secret id. */
  readonly client: VaultClient;
  /** Files of the command line's role; null: this worker does not have them. */
  readonly cliFiles: RoleFiles | null;
  /** Name of this worker as a consumer, such as `worker host/1234`. */
  readonly workerName: string;
}

/** Time for which a new secret id lies in its response wrapping. The worker opens it at once. */
const WRAPPED_FOR_S = 30;

/**
 * Returns the issuer of the secret ids of Hecate's two AppRoles. A secret id has metadata: `hecate` (the own mount), `secret` and
 * `edition`, by which a second attempt finds it. Tokens that were got with a revoked secret id end with their lifetime: 20 minutes
 * for the worker's role and 2 for the command line's; the worker revokes its own ones at once.
 */
export function createVaultApproleIssuer(deps: ApproleDeps): Issuer {
  const { address } = deps.role;
  const { own } = vaultMounts(deps.role.environment);
  const { client, workerName } = deps;
  const roles = createRoles(deps);
  const marked = async (secret: string) => {
    const found = await roles.secretIds(await roles.nameOf(secret));
    return found.filter(({ metadata }) => metadata['hecate'] === own && metadata['secret'] === secret);
  };
  const take = async (secret: string, secretId: string) => {
    writePrivate(roles.filesOf(secret).secretIdFile, `${secretId}\n`);
    if (secret === 'vault-worker') await client.logInAgain();
  };
  return {
    async preflight({ name }) {
      mustBeWritable(roles.filesOf(name).secretIdFile);
      const roleName = await roles.nameOf(name);
      const made = await roles.issue(roleName, { hecate: own, secret: name, edition: 'preflight' });
      for (const { accessor, metadata } of await marked(name))
        if (metadata['edition'] === 'preflight') await roles.destroy(roleName, accessor);
      if (await roles.isKnown(roleName, made.secretId)) throw notRevoked(address, roleName);
    },
    async issue({ name }, { edition }) {
      const roleName = await roles.nameOf(name);
      for (const { accessor, metadata } of await marked(name))
        if (metadata['edition'] === edition) await roles.destroy(roleName, accessor);
      const { secretId, accessor } = await roles.issue(roleName, { hecate: own, secret: name, edition });
      return { value: { secret_id: secretId, accessor }, plain: null };
    },
    async distribute({ name }, next) {
      // Not into the file before Vault accepts it.
      await mustLogIn(deps, roles.filesOf(name), next);
      await take(name, secretIdOf(next));
    },
    async prove({ name }, next) {
      const files = roles.filesOf(name);
      await mustLogIn(deps, files, next);
      if (credential(files.secretIdFile) !== secretIdOf(next))
        throw notTakenUp(`${files.secretIdFile} does not hold the new secret id yet`);
      const since = statSync(files.secretIdFile).mtime.toISOString();
      const uses: ConsumerUse[] = [{ name: `commands (${files.secretIdFile})`, since }];
      if (name !== 'vault-worker') return uses;
      const login = await client.login();
      if (login.metadata['edition'] !== next.edition)
        throw notTakenUp(`${workerName} has not logged in with the new secret id yet`);
      return [{ name: workerName, since: login.since }];
    },
    takeBack: ({ name }, former) => take(name, secretIdOf(former)),
    async revoke({ name }, edition, former) {
      const roleName = await roles.nameOf(name);
      const accessor = former?.value['accessor'];
      if (accessor !== undefined) return roles.destroy(roleName, accessor);
      for (const one of await marked(name))
        if (one.metadata['edition'] === edition) await roles.destroy(roleName, one.accessor);
    },
    async isAccepted({ name }, one) {
      const files = roles.filesOf(name);
      if (await roles.isKnown(await roles.nameOf(name), secretIdOf(one))) return true;
      const { login } = await logIn(address, { roleId: credential(files.roleIdFile), secretId: secretIdOf(one) });
      if (login === null) await forgiveRefusedLogin(address, files);
      else await revokeToken(address, login.token);
      return login !== null;
    },
    async removeOthers({ name }, except) {
      const kept = new Set(except.map(({ value }) => value['accessor']));
      const roleName = await roles.nameOf(name);
      const others = (await marked(name)).filter(({ accessor }) => !kept.has(accessor));
      for (const { accessor } of others) await roles.destroy(roleName, accessor);
      return others.length;
    },
  };
}

/** Returns a finder of the secret ids that this worker's files hold and Vault accepts, for their registration. */
export function ownSecretIds(deps: ApproleDeps): () => Promise<readonly OwnCredential[]> {
  const roles = createRoles(deps);
  return async () => {
    const found: OwnCredential[] = [];
    for (const name of approleSecrets) {
      if (name === 'vault-cli' && deps.cliFiles === null) continue;
      try {
        const secretId = credential(roles.filesOf(name).secretIdFile);
        const accessor = await roles.accessorOf(await roles.nameOf(name), secretId);
        if (accessor === null) continue;
        found.push({ name, kind: 'vault-approle', value: { secret_id: secretId, accessor }, plain: null });
      } catch (error) {
        // One that Vault refuses is no credential, and hinders no other.
        if (!(error instanceof Failure) || error.kind === 'unavailable') throw error;
      }
    }
    return found;
  };
}

interface SecretId {
  readonly accessor: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Returns the calls on the two roles, with the worker's client. */
function createRoles({ role, client, cliFiles }: ApproleDeps) {
  const { address } = role;
  const names = new Map<string, string>();
  const ask = async (call: VaultCall, others: readonly number[] = []) => {
    const answer = await client.call(call);
    if (answer.status < 300 || others.includes(answer.status)) return answer;
    throw refused(address, call, answer.status);
  };
  const post = (path: string, body: unknown, others?: readonly number[]) => ask({ method: 'POST', path, body }, others);
  const at = (roleName: string) => `auth/approle/role/${roleName}`;
  const lookUp = async (roleName: string, accessor: string): Promise<SecretId | null> => {
    const answer = await post(`${at(roleName)}/secret-id-accessor/lookup`, { secret_id_accessor: accessor }, [404]);
    if (answer.status !== 200) return null;
    return { accessor, metadata: (answer.body as LookedUp).data.metadata ?? {} };
  };
  const accessorOf = async (roleName: string, secretId: string): Promise<string | null> => {
    const answer = await post(`${at(roleName)}/secret-id/lookup`, { secret_id: secretId }, [404]);
    // 204: there is no such secret id.
    return answer.status === 200 ? (answer.body as LookedUp).data.secret_id_accessor : null;
  };
  const roles = {
    filesOf(secret: string): RoleFiles {
      if (secret === 'vault-worker') return role;
      if (secret === 'vault-cli' && cliFiles !== null) return cliFiles;
      throw new Failure('invalid', `this worker has no files of the AppRole whose secret id is ${secret}`, {
        system: 'vault',
        hint: 'Set HECATE_VAULT_CLI_ROLE_ID_FILE and HECATE_VAULT_CLI_SECRET_ID_FILE for the worker.',
      });
    },
    /** Returns the name of a secret's role, which Vault tells at a login. */
    async nameOf(secret: string): Promise<string> {
      if (secret === 'vault-worker') return (await client.login()).roleName;
      const known = names.get(secret);
      if (known !== undefined) return known;
      const { roleIdFile, secretIdFile } = roles.filesOf(secret);
      const credentials = { roleId: credential(roleIdFile), secretId: credential(secretIdFile) };
      const { login, status } = await logIn(address, credentials);
      if (login === null) throw refused(address, { method: 'POST', path: 'auth/approle/login' }, status);
      await revokeToken(address, login.token);
      names.set(secret, login.roleName);
      return login.roleName;
    },
    accessorOf,
    isKnown: async (roleName: string, secretId: string) => (await accessorOf(roleName, secretId)) !== null,
    /** Returns the secret ids of a role with their metadata. */
    async secretIds(roleName: string): Promise<readonly SecretId[]> {
      const { status, body } = await ask({ method: 'GET', path: `${at(roleName)}/secret-id/?list=true` }, [404]);
      const accessors = status === 404 ? [] : ((body as { data?: { keys?: readonly string[] } }).data?.keys ?? []);
      const found = await Promise.all(accessors.map((accessor) => lookUp(roleName, accessor)));
      return found.filter((one) => one !== null);
    },
    /** Issues a secret id in a response wrapping, and opens it. One that somebody else opened is destroyed. */
    async issue(roleName: string, metadata: SecretId['metadata']) {
      const path = `${at(roleName)}/secret-id`;
      const call = {
        method: 'POST',
        path,
        body: { metadata: JSON.stringify(metadata) },
        wrapTtl: `${WRAPPED_FOR_S}s`,
      } as const;
      const begun = performance.now();
      const { wrap_info: wrap } = (await ask(call)).body as { wrap_info?: WrapInfo | null };
      if (!wrap) throw refused(address, call, 200);
      const opening = { method: 'POST', path: 'sys/wrapping/unwrap' } as const;
      const { status, body } = await askVault(address, opening, { token: wrap.token });
      const { data } = body as { data?: { secret_id: string; secret_id_accessor: string } };
      if (status === 200 && data && wrap.creation_path === path)
        return { secretId: data.secret_id, accessor: data.secret_id_accessor };
      if (wrap.wrapped_accessor) await roles.destroy(roleName, wrap.wrapped_accessor);
      if (performance.now() - begun > WRAPPED_FOR_S * 1_000)
        throw notTakenUp('the response wrapping of the new secret id expired before it was opened');
      throw openedByAnother(address, path);
    },
    /** Destroys a secret id. Idempotent: Vault answers 500 for an accessor that it does not know, so it is looked up first. */
    async destroy(roleName: string, accessor: string): Promise<void> {
      if ((await lookUp(roleName, accessor)) === null) return;
      await post(`${at(roleName)}/secret-id-accessor/destroy`, { secret_id_accessor: accessor }, [404]);
    },
  };
  return roles;
}

interface LookedUp {
  readonly data: {
    readonly secret_id_accessor: string;
    readonly metadata?: Readonly<Record<string, string>> | null;
  };
}

interface WrapInfo {
  readonly token: string;
  readonly creation_path: string;
  /** Accessor of the secret id in the wrapping. */
  readonly wrapped_accessor?: string;
}

function secretIdOf({ value }: Credential): string {
  return value['secret_id'] ?? '';
}

/** Logs in with a credential only, and revokes the token. Throws `denied` when Vault refuses it. */
async function mustLogIn(
  { role: { address } }: ApproleDeps,
  { roleIdFile }: RoleFiles,
  next: Credential,
): Promise<void> {
  const { login, status } = await logIn(address, { roleId: credential(roleIdFile), secretId: secretIdOf(next) });
  if (login !== null) return revokeToken(address, login.token);
  throw new Failure('denied', `Vault at ${address} refuses a login with the new secret id (status ${status})`, {
    system: 'vault',
    hint: `Check that ${roleIdFile} holds the id of the role, and how many secret ids the role allows.`,
  });
}

/** Logs in with the files once, which resets Vault's count of refused logins: at five it would lock the role. */
async function forgiveRefusedLogin(address: string, { roleIdFile, secretIdFile }: RoleFiles): Promise<void> {
  const credentials = { roleId: credential(roleIdFile), secretId: credential(secretIdFile) };
  const { login } = await logIn(address, credentials);
  if (login !== null) await revokeToken(address, login.token);
}

function mustBeWritable(file: string): void {
  try {
    accessSync(dirname(file), constants.W_OK);
  } catch (cause) {
    throw new Failure('denied', `cannot replace ${file}: ${fileProblem(cause)}`, {
      system: 'vault',
      hint: `Allow the worker’s user to write into ${dirname(file)}.`,
    });
  }
}

function notTakenUp(message: string): Failure {
  return new Failure('unavailable', message, { system: 'vault', hint: 'It is tried again.' });
}

function notRevoked(address: string, roleName: string): Failure {
  return new Failure('denied', `Vault at ${address} still knows a destroyed secret id of the role ${roleName}`, {
    system: 'vault',
    hint: 'Check the policy of Hecate’s role in Vault; see deploy/README.md.',
  });
}

function openedByAnother(address: string, path: string): Failure {
  return new Failure(
    'denied',
    `the response wrapping of a new secret id (${path} of Vault at ${address}) was opened by somebody else; that secret id was destroyed`,
    {
      system: 'vault',
      hint: 'Look for sys/wrapping/unwrap in Vault’s audit log: somebody reads the traffic between the worker and Vault. Then rotate again.',
    },
  );
}
