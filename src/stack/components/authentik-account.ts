import { accessSync, constants, statSync, type Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Failure, networkErrorReason } from '../../ports/failure.js';
import { managerRights } from '../../adapters/authentik/client/calls.js';
import { TOKENS_EXPIRE } from '../../adapters/authentik/credentials/own-tokens.js';
import { isObject, readText, writePrivate } from '../../adapters/files/private-files.js';
import { fileProblem, readSecretFile } from '../../adapters/files/secret-file.js';

/** Address and credentials for the creation of Hecate's account. */
export interface AccountOptions {
  /** Base URL of authentik, without a trailing slash. */
  readonly url: string;
  /** File with an administrator's API token, used only here. */
  readonly adminTokenFile: string;
  /** File that the account's token is written to, with mode 0600. */
  readonly tokenFile: string;
  /** authentik's URL for browsers; null leaves the outpost's own setting. */
  readonly browserUrl: string | null;
  /** Name of the service account, its role and its token: letters, digits and hyphens; default `hecate`. */
  readonly account?: string;
  /** Changes nothing, and says what is missing. */
  readonly isDryRun?: boolean;
}

/** One thing that the account needs. `isNew`: it was missing, and was made unless it is a dry run. */
export interface AccountStep {
  readonly what: string;
  readonly isNew: boolean;
}

type Json = Record<string, unknown>;
type Call = (method: string, path: string, body?: Json) => Promise<Json>;
const EMBEDDED = 'goauthentik.io/outposts/embedded';
/** The first call, whose answer shows that an authentik answers. */
const FIRST_PATH = '/core/users/me/';
const OLDEST_SUPPORTED = '2025.2';

/**
 * Creates Hecate's service account in a real authentik, with exactly the rights that it needs, and an API token that does
 * not expire. Idempotent: it makes what is missing, also rights that a newer Hecate needs, and takes nothing away. Throws
 * `denied` when the token is refused, `conflict` when the names belong to something else, `missing` without the file,
 * `invalid` when a file cannot be used or no authentik answers at the address.
 */
export async function ensureAuthentikAccount(options: AccountOptions): Promise<readonly AccountStep[]> {
  const { account = 'hecate', isDryRun = false } = options;
  checkFiles(options);
  const call = caller(options.url, tokenIn(options.adminTokenFile));
  await checkAdministrator(call, options);
  await checkNames(call, account);
  const steps: AccountStep[] = [];
  const step = async <T>(what: string, isNew: boolean, make: () => Promise<T>): Promise<T | null> => {
    steps.push({ what, isNew });
    return isNew && !isDryRun ? make() : null;
  };
  const role = await ensureRole(call, account, step);
  const user = await ensureUser(call, account, { role, step });
  await ensureToken(call, options, { account, user, step });
  await ensureBrowserUrl(call, options, step);
  return steps;
}

type Step = <T>(what: string, isNew: boolean, make: () => Promise<T>) => Promise<T | null>;

async function ensureRole(call: Call, name: string, step: Step): Promise<string | null> {
  const found = await one(call, `/rbac/roles/?name=${name}`);
  const made = await step(`role ${name}`, !found, () => call('POST', '/rbac/roles/', { name }));
  const pk = (found ?? made)?.['pk'] as string | undefined;
  const granted = pk === undefined ? new Set() : await rightsOf(call, pk);
  const permissions = managerRights.filter((right) => !granted.has(right));
  const what = permissions.length === 0 ? `rights of role ${name}` : `${permissions.length} rights of role ${name}`;
  await step(what, permissions.length > 0, () =>
    call('POST', `/rbac/permissions/assigned_by_roles/${String(pk)}/assign/`, { permissions }),
  );
  return pk ?? null;
}

/** The rights of a role. */
async function rightsOf(call: Call, role: string): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (let page = 1; page !== 0;) {
    const path = `/rbac/permissions/?role=${role}&page_size=100&page=${page}`;
    const { results, pagination } = (await call('GET', path)) as {
      results: readonly { app_label: string; codename: string }[];
      pagination: { next: number };
    };
    for (const { app_label, codename } of results) found.add(`${app_label}.${codename}`);
    page = pagination.next;
  }
  return found;
}

async function ensureUser(
  call: Call,
  name: string,
  { role, step }: { readonly role: string | null; readonly step: Step },
): Promise<number | null> {
  const found = await one(call, `/core/users/?username=${name}`);
  const body = { name, create_group: false, expiring: false };
  const made = await step(`service account ${name}`, !found, () => call('POST', '/core/users/service_account/', body));
  const pk = found?.['pk'] ?? made?.['user_pk'];
  const roles = (found?.['roles'] ?? []) as readonly string[];
  const attributes = found?.['attributes'] as Json | undefined;
  if (attributes !== undefined && attributes[TOKENS_EXPIRE] !== false) {
    await step(`service account ${name}: its API tokens do not expire`, true, () =>
      call('PATCH', `/core/users/${String(pk)}/`, { attributes: { ...attributes, [TOKENS_EXPIRE]: false } }),
    );
  }
  await step(`role of service account ${name}`, role === null || !roles.includes(role), () =>
    call('PATCH', `/core/users/${String(pk)}/`, { roles: [...roles, role] }),
  );
  return pk === undefined ? null : Number(pk);
}

interface TokenWork {
  readonly account: string;
  readonly user: number | null;
  readonly step: Step;
}

/** Makes the first token and writes it into the file, unless the file holds one of the account: a rotation makes others. */
async function ensureToken(call: Call, { url, tokenFile }: AccountOptions, { account, user, step }: TokenWork) {
  const identifier = account;
  const isInFile = user !== null && (await isKeyIn(url, tokenFile, user));
  const found = await one(call, `/core/tokens/?identifier=${identifier}`);
  const wanted = { identifier, intent: 'api', user, expiring: false, description: 'Hecate' };
  const isNew = !found && !isInFile;
  await step(`API token ${identifier} that does not expire`, isNew, () => call('POST', '/core/tokens/', wanted));
  if (found && (found['intent'] !== 'api' || found['expiring'] !== false)) {
    await step(`API token ${identifier}: no expiry`, true, () => call('PUT', `/core/tokens/${identifier}/`, wanted));
  }
  await step(`file ${tokenFile} with the token`, !isInFile, async () => {
    const { key } = await call('GET', `/core/tokens/${identifier}/view_key/`);
    writePrivate(tokenFile, `${String(key)}\n`);
  });
}

/** Returns true when the file has a token of this account that authentik accepts. */
async function isKeyIn(url: string, tokenFile: string, user: number | null): Promise<boolean> {
  const { value } = readText(tokenFile);
  if (value === null) return false;
  const answer = await fetch(`${url}/api/v3/core/users/me/`, {
    headers: { authorization: `Bearer ${value}` },
    signal: AbortSignal.timeout(15_000),
    redirect: 'error',
  });
  if (!answer.ok) return false;
  return ((await answer.json()) as { user: { pk: number } }).user.pk === user;
}

/** Sets the outpost's URL for browsers. authentik replaces the whole configuration, so all of it is sent. */
async function ensureBrowserUrl(call: Call, { browserUrl }: AccountOptions, step: Step): Promise<void> {
  if (browserUrl === null) return;
  const outpost = await one(call, `/outposts/instances/?managed__iexact=${EMBEDDED}`);
  if (!outpost) {
    throw new Failure('unavailable', 'authentik has no embedded outpost yet', {
      system: 'authentik',
      hint: 'Wait until authentik has started, then repeat the command.',
    });
  }
  const config = outpost['config'] as Json;
  const isNew = config['authentik_host'] !== browserUrl;
  await step(`${browserUrl} as the outpost's URL for browsers`, isNew, () =>
    call('PATCH', `/outposts/instances/${String(outpost['pk'])}/`, {
      config: { ...config, authentik_host: browserUrl },
    }),
  );
}

/** Throws when the names belong to something else, before anything is made. */
async function checkNames(call: Call, account: string): Promise<void> {
  const user = await one(call, `/core/users/?username=${account}`);
  if (user && user['type'] !== 'service_account') throw taken(`a user ${account} that is no service account`);
  const token = await one(call, `/core/tokens/?identifier=${account}`);
  if (token && token['user'] !== user?.['pk']) throw taken(`a token ${account} of another account`);
}

function taken(what: string): Failure {
  return new Failure('conflict', `authentik has ${what}`, {
    system: 'authentik',
    hint: 'Remove it in authentik, or give another name with --account NAME.',
  });
}

/** Throws unless authentik answers, is new enough, and the token belongs to an administrator. */
async function checkAdministrator(call: Call, { url, adminTokenFile }: AccountOptions): Promise<void> {
  const { user } = (await call('GET', FIRST_PATH)) as { user?: { username: string; is_superuser: boolean } };
  if (typeof user?.username !== 'string') throw notAuthentik(url, 200);
  if (!user.is_superuser) {
    throw new Failure('denied', `the token in ${adminTokenFile} belongs to ${user.username}, who is no administrator`, {
      system: 'authentik',
      hint: 'Create an API token of an administrator in authentik: Directory > Tokens and App passwords, intent “API Token”.',
    });
  }
  const version = String((await call('GET', '/admin/version/'))['version_current']);
  if (version.localeCompare(OLDEST_SUPPORTED, 'en', { numeric: true }) >= 0) return;
  throw new Failure('invalid', `authentik ${version} is too old`, {
    system: 'authentik',
    hint: `Upgrade authentik to ${OLDEST_SUPPORTED} or newer.`,
  });
}

/** Throws unless the token's file can be written and is not the administrator's, before anything is made. */
function checkFiles({ adminTokenFile, tokenFile }: AccountOptions): void {
  const folder = dirname(resolve(tokenFile));
  const found = statOf(tokenFile);
  const admin = statOf(adminTokenFile);
  // Links lead to the same file under another name.
  const isSameFile = found !== null && admin !== null && found.dev === admin.dev && found.ino === admin.ino;
  if (isSameFile || resolve(tokenFile) === resolve(adminTokenFile)) {
    throw new Failure('invalid', `--token-file ${tokenFile} is the file with the administrator's token`, {
      hint: "Give another file with --token-file: the new account's token is written into it.",
    });
  }
  if (found !== null && !found.isFile()) {
    const what = found.isDirectory() ? 'it is a folder' : 'it is not a regular file';
    throw new Failure('invalid', `cannot write --token-file ${tokenFile}: ${what}`, { hint: 'Give a file.' });
  }
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    throw new Failure('invalid', `this user cannot write into the folder ${folder}`, {
      hint: 'Make the folder, or give another file with --token-file.',
    });
  }
}

function statOf(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    // It does not exist, or its folder cannot be read: reading or writing it says why.
    return null;
  }
}

function tokenIn(file: string): string {
  const token = adminToken(file);
  if (token !== '' && !/\s/.test(token)) return token;
  throw new Failure('invalid', `the file ${file} does not hold one token`, {
    hint: 'The file must hold an API token and nothing else.',
  });
}

function adminToken(file: string): string {
  const hint =
    "Write an administrator's API token to a file that only you can read, and name it with --admin-token-file.";
  try {
    return readSecretFile(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new Failure('missing', `the file ${file} does not exist`, { hint });
    throw new Failure('invalid', `cannot read --admin-token-file ${file}: ${fileProblem(cause)}`, { hint, cause });
  }
}

function caller(url: string, token: string): Call {
  return async (method, path, body) => {
    const response = await fetch(`${url}/api/v3${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(15_000),
      // A redirect would carry the token elsewhere.
      redirect: 'manual',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((cause: unknown) => {
      throw new Failure('unavailable', `authentik at ${url} does not answer (${networkErrorReason(cause)})`, {
        system: 'authentik',
        hint: 'Check the address, and that authentik runs.',
        cause,
      });
    });
    const text = await response.text();
    const { status, ok } = response;
    const answer = text === '' ? {} : jsonIn(text);
    const isOther = answer === null || status === 404 || status === 405;
    if (status < 500 && (path === FIRST_PATH ? isOther : ok && answer === null)) throw notAuthentik(url, status);
    if (status >= 300 && status < 400) throw notAuthentik(url, status);
    // The body may contain secrets, so no message repeats it.
    if (!ok) throw refusal(`${method} ${path.split('?')[0]}`, status);
    return answer ?? {};
  };
}

/** Returns the object in an answer; null: it is something else, such as a page. */
function jsonIn(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? (value as Json) : null;
  } catch {
    return null;
  }
}

function refusal(call: string, status: number): Failure {
  const message = `authentik answered ${status} to ${call}`;
  const system = 'authentik';
  if (status === 401 || status === 403) {
    const hint =
      "The administrator's token is wrong or expired, or it is an app password. Create one with intent “API Token” in authentik: Directory > Tokens and App passwords.";
    return new Failure('denied', message, { system, hint });
  }
  if (status === 404) return new Failure('missing', message, { system, hint: 'Give the base URL of authentik.' });
  return new Failure('unavailable', message, { system, hint: "See authentik's own log." });
}

function notAuthentik(url: string, status: number): Failure {
  return new Failure('invalid', `no authentik answers at ${url}: another web server does (status ${status})`, {
    system: 'authentik',
    hint: 'Give the base URL of authentik, such as https://auth.example.com.',
  });
}

async function one(call: Call, path: string): Promise<Json | null> {
  const { results } = (await call('GET', path)) as { results?: readonly Json[] };
  return results?.[0] ?? null;
}
