// The secret `authentik-api-token`: API tokens of Hecate's own account in authentik.
import { hostname } from 'node:os';
import { Failure, networkErrorReason } from '../../../ports/failure.js';
import type { Credential, Issuer, OwnCredential } from '../../../ports/credentials.js';
import { createApiClient, notAnswering, type AuthentikAddress } from '../client/api-client.js';
import { createNames } from '../names.js';
import { initCommand, ownAccount, type OwnAccount } from '../own-account.js';
import { ensureToken, ownTokens, removeToken, tokenWithKey, viewableKey } from './own-tokens.js';
import { writeTokenFile } from './token-file.js';
import type { TokenSource } from './token-source.js';

/** Options of {@link createAuthentikTokens}. */
export interface AuthentikTokenOptions {
  /** Base URL for the worker, without a trailing slash. */
  readonly url: string;
  /** The worker's source of the token, which its other calls use too. */
  readonly tokens: TokenSource;
  /** Letters and digits; part of the name of each token. */
  readonly environment: string;
}

/** Name of the secret. */
export const AUTHENTIK_SECRET = 'authentik-api-token';

/** A call of the issuer; a phase has up to five of them within its 20 s. */
const CALL_MS = 4_000;
/** Longest wait for calls that carry the token to be revoked. */
const IN_FLIGHT_MS = 12_000;
/** Stands for an edition in the name of the token that the preflight makes and removes. */
const TRIAL = 'trial';

/**
 * Creates the issuer of Hecate's API tokens in authentik, and the finder of the one in the worker's file. The account makes,
 * views and deletes tokens of its own without any right. A token is named after its edition; the first one was made by
 * `hecate up` or `hecate init authentik`. The value is `{token, identifier}`; an empty identifier: authentik did not say it.
 */
export function createAuthentikTokens({ url, tokens, environment }: AuthentikTokenOptions): {
  readonly issuer: Issuer;
  readonly own: () => Promise<readonly OwnCredential[]>;
} {
  const address: AuthentikAddress = { url, tokenFile: tokens.file, tokens };
  const api = createApiClient(address, { timeoutMs: CALL_MS, pausesMs: [] });
  const names = createNames(environment);
  /** Identifiers by key, as far as this process has learned them. */
  const known = new Map<string, string>();
  /** Account of the token that was last asked for. */
  let asked: { readonly token: string; readonly account: Promise<OwnAccount> } | null = null;
  const account = async (): Promise<OwnAccount> => {
    const token = tokens.current();
    if (asked?.token !== token) asked = { token, account: ownAccount(api) };
    const { account: found } = asked;
    return found.catch((error: unknown) => {
      asked = null;
      throw error;
    });
  };
  let found: { readonly token: string; readonly identifier: string } | null = null;
  const find = async (key: string): Promise<string> => {
    const identifier =
      known.get(key) ??
      (await tokenWithKey(api, { key, account: await account() }, (name) => names.isToken(name)))?.identifier ??
      '';
    if (identifier !== '') known.set(key, identifier);
    return identifier;
  };
  const write = (token: string) => {
    if (tokens.current() !== token) writeTokenFile(tokens.file, token);
  };
  const issuer: Issuer = {
    async preflight() {
      const current = tokens.current();
      // The whole write is tried, with the content that is there.
      writeTokenFile(tokens.file, current);
      const identifier = await withWayOut(address, find(current));
      if (identifier === '') throw unknownToken(tokens.file);
      const trial = names.token(TRIAL);
      await withWayOut(address, ensureToken(api, trial));
      await withWayOut(address, removeToken(api, trial));
    },
    async issue(_secret, { edition }) {
      const { key, identifier } = await withWayOut(address, ensureToken(api, names.token(edition)));
      known.set(key, identifier);
      return { value: { token: key, identifier }, plain: null };
    },
    async distribute(_secret, { value }) {
      write(tokenOf(value));
    },
    async prove(_secret, { value }) {
      const token = tokenOf(value);
      const worker = `worker ${hostname()}/${process.pid}`;
      // Beside the call with nothing else, the next call of the worker's own client.
      const next = tokens.current() === token ? account() : Promise.resolve(null);
      const [isKnown] = await Promise.all([isAccepted(url, token), next.catch((error: unknown) => error)]);
      if (!isKnown) throw new Failure('denied', 'authentik refuses the new API token', { system: 'authentik' });
      await next;
      const since = tokens.acceptedSince(token);
      if (tokens.current() !== token || since === null) {
        throw new Failure('unavailable', `${worker} does not use the new API token: ${tokens.file} holds another one`, {
          system: 'authentik',
          hint: 'Name the same token file to every worker of this environment by HECATE_AUTHENTIK_TOKEN_FILE.',
        });
      }
      return [{ name: worker, since }];
    },
    async takeBack(_secret, { value }) {
      const token = tokenOf(value);
      if (tokens.current() === token) return;
      if (!(await isAccepted(url, token))) {
        throw new Failure('denied', 'authentik refuses the former API token, so the worker keeps the new one', {
          system: 'authentik',
          hint: `An administrator makes a token: ${initCommand(address)}`,
        });
      }
      write(token);
    },
    async revoke(_secret, edition, credential) {
      if (credential === null) return removeToken(api, names.token(edition));
      const token = tokenOf(credential.value);
      const isInUse = tokens.current() === token || !(await tokens.isUnused(token, IN_FLIGHT_MS));
      if (isInUse) {
        throw new Failure(
          'unavailable',
          `this worker still uses the API token that is to be revoked (${tokens.file})`,
          {
            system: 'authentik',
            hint: 'Name the same token file to every worker of this environment by HECATE_AUTHENTIK_TOKEN_FILE.',
          },
        );
      }
      const identifier = credential.value['identifier'] || (await find(token));
      known.delete(token);
      if (identifier !== '') return removeToken(api, identifier);
      if (await isAccepted(url, token)) throw unknownToken(tokens.file);
    },
    isAccepted: (_secret, { value }) => isAccepted(url, tokenOf(value)),
    async removeOthers(_secret, except) {
      const kept = new Set(except.flatMap(({ edition, value }) => [names.token(edition), value['identifier']]));
      const found = await ownTokens(api, await account());
      const others = found.map(({ identifier }) => identifier).filter((one) => names.isToken(one) && !kept.has(one));
      const current = tokens.current();
      const isKnown = except.some(({ value }) => value['token'] === current);
      let removed = 0;
      for (const identifier of others) {
        // Somebody may have given the worker another one of its tokens.
        if (!isKnown && (await viewableKey(api, identifier)) === current) continue;
        await removeToken(api, identifier);
        removed++;
      }
      return removed;
    },
    async follow(_secret, wanted, instead) {
      const current = tokens.current();
      const token = tokenOf(wanted.value);
      if (current === token) return true;
      const isReplaced = instead === null ? !(await isAccepted(url, current)) : current === instead.value['token'];
      if (!isReplaced || !(await isAccepted(url, token))) return false;
      write(token);
      return true;
    },
  };
  return {
    issuer,
    async own() {
      const token = tokens.current();
      // Asked again and again, also after the secret was registered.
      if (found?.token !== token) found = { token, identifier: await find(token) };
      const value = found;
      return [{ name: AUTHENTIK_SECRET, kind: 'authentik-token', value, plain: null }];
    },
  };
}

function tokenOf(value: Credential['value']): string {
  const token = value['token'];
  if (typeof token === 'string' && token !== '') return token;
  throw new Failure('denied', 'the value of the secret in Vault has no API token of authentik', {
    system: 'vault',
    hint: `Rotate it: hecate update secret rotate --name ${AUTHENTIK_SECRET} --strategy dual-secret`,
  });
}

/** Returns true when authentik accepts a token, by a call that uses nothing else. Throws `unavailable` when it does not answer. */
async function isAccepted(url: string, token: string): Promise<boolean> {
  const path = '/api/v3/core/users/me/';
  const ask = () =>
    fetch(`${url}${path}`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(CALL_MS),
      redirect: 'error',
    });
  // authentik closes idle connections, possibly at the moment of a request.
  const answer = await ask()
    .catch((cause: unknown) => {
      if (networkErrorReason(cause) === 'no answer in time') throw cause;
      return ask();
    })
    .catch((cause: unknown) => {
      throw notAnswering(url, cause, `GET ${path}`);
    });
  await answer.body?.cancel();
  if (answer.ok) return true;
  if (answer.status === 401 || answer.status === 403) return false;
  throw new Failure('unavailable', `authentik could not check a token (GET ${path} answered ${answer.status})`, {
    system: 'authentik',
    hint: 'Check authentik: hecate read test auth',
  });
}

/** Adds to a refusal of authentik the command by which an administrator mends the account. */
async function withWayOut<T>(address: AuthentikAddress, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== 'denied') throw error;
    const hint = `An administrator mends Hecate's account: ${initCommand(address)}`;
    throw new Failure('denied', error.message, { ...error.details, hint });
  }
}

function unknownToken(file: string): Failure {
  return new Failure('denied', `authentik does not say which token of Hecate's account ${file} holds`, {
    system: 'authentik',
    hint: 'In authentik, open Directory > Tokens and App passwords, delete the API tokens of that account that nobody uses, and rotate again.',
  });
}
