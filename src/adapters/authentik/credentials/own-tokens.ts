import { Failure } from '../../../ports/failure.js';
import { orFailure, orNullIfMissing } from '../client/api-client.js';
import type { AuthentikApi } from '../client/calls.js';
import { ownAccount, type OwnAccount } from '../own-account.js';
import { PAGE_SIZE } from '../client/pages.js';

/** A token of Hecate's account, as authentik shows it: without the key. */
export interface OwnToken {
  readonly identifier: string;
  readonly intent: string;
  readonly user: number;
  readonly expiring: boolean;
  readonly user_obj?: { readonly attributes?: Readonly<Record<string, unknown>> } | null;
}

/** A token with its key. */
export interface KnownToken {
  readonly identifier: string;
  readonly key: string;
}

/** Attribute of an account: whether the API tokens that it makes for itself expire; absent: they do. */
export const TOKENS_EXPIRE = 'goauthentik.io/user/token-expires';

/** Says that the account has not {@link TOKENS_EXPIRE} `false`. */
export const EXPIRE = `API tokens that Hecate's account makes expire, since its attribute ${TOKENS_EXPIRE} is not false`;

/** Returns the API tokens of Hecate's account. An administrator's account sees those of others too; they are left out. */
export async function ownTokens({ core }: AuthentikApi, account: OwnAccount): Promise<readonly OwnToken[]> {
  const { pk, username } = account;
  const found: OwnToken[] = [];
  for (let page = 1; page !== 0;) {
    const call = core.coreTokensListRaw({ userUsername: username, page, pageSize: PAGE_SIZE });
    const { raw } = await orFailure("list the tokens of Hecate's account (authentik_core.view_token)", call);
    const { results, pagination } = (await raw.json()) as {
      results: readonly OwnToken[];
      pagination: { next: number };
    };
    found.push(...results.filter(({ user, intent }) => user === pk && intent === 'api'));
    page = pagination.next;
  }
  return found;
}

/**
 * Makes the API token of that identifier, which does not expire, and returns its key. Repeated, it returns the key of the
 * token that is there. Throws `denied` when authentik refuses a step, and when tokens of the account expire; then it leaves none.
 */
export async function ensureToken(api: AuthentikApi, identifier: string): Promise<KnownToken> {
  const there = await madeToken(api, identifier);
  if (there.expiring) {
    await removeToken(api, identifier);
    throw new Failure('denied', EXPIRE, { system: 'authentik' });
  }
  return { identifier, key: await keyOf(api, identifier) };
}

/** Removes a token. One that is gone already is no failure. */
export async function removeToken({ core }: AuthentikApi, identifier: string): Promise<void> {
  await orNullIfMissing(
    `delete the API token ${identifier} (authentik_core.delete_token)`,
    core.coreTokensDestroy({ identifier }),
  );
}

/**
 * Returns the token of an account that has this key, with its identifier; null when authentik does not say which it is:
 * an account may view only the keys of tokens that it made, and several tokens of this one were made by others. authentik
 * records each look at a key, so likely tokens are looked at first.
 */
export async function tokenWithKey(
  api: AuthentikApi,
  { key, account }: { readonly key: string; readonly account: OwnAccount },
  isLikely: (identifier: string) => boolean,
): Promise<KnownToken | null> {
  const tokens = await ownTokens(api, account);
  const sorted = tokens.toSorted((a, b) => Number(isLikely(b.identifier)) - Number(isLikely(a.identifier)));
  const closed: string[] = [];
  for (const { identifier } of sorted) {
    const seen = await viewableKey(api, identifier);
    if (seen === key) return { identifier, key };
    if (seen === null) closed.push(identifier);
  }
  // The key is that of one of these tokens, since authentik accepted it.
  const [only] = closed;
  return only !== undefined && closed.length === 1 ? { identifier: only, key } : null;
}

/** Returns true when API tokens that Hecate's account makes for itself would expire. */
export async function makesExpiringTokens(api: AuthentikApi): Promise<boolean> {
  const account = await ownAccount(api);
  if (account.is_superuser) return false;
  const [token] = await ownTokens(api, account);
  // Without a token of its own the account would not be here.
  return token?.user_obj?.attributes?.[TOKENS_EXPIRE] !== false;
}

/** Returns the token of an identifier; makes it when there is none, or one that cannot be used. */
async function madeToken(api: AuthentikApi, identifier: string): Promise<OwnToken> {
  try {
    return await createToken(api, identifier);
  } catch (error) {
    const there = isTaken(error) ? await foundToken(api, identifier) : null;
    if (there === null) throw error;
    const isUsable =
      !there.expiring && there.intent === 'api' && typeof (await viewableKey(api, identifier)) === 'string';
    if (isUsable) return there;
    await removeToken(api, identifier);
    return createToken(api, identifier);
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Failure && error.kind === 'invalid';
}

async function createToken({ core }: AuthentikApi, identifier: string): Promise<OwnToken> {
  const tokenRequest = { identifier, intent: 'api', expiring: false, description: 'Hecate' } as const;
  const { raw } = await orFailure(
    `create the API token ${identifier} (authentik_core.add_token)`,
    core.coreTokensCreateRaw({ tokenRequest }),
  );
  return (await raw.json()) as OwnToken;
}

async function foundToken({ core }: AuthentikApi, identifier: string): Promise<OwnToken | null> {
  const found = await orNullIfMissing(
    `read the API token ${identifier} (authentik_core.view_token)`,
    core.coreTokensRetrieveRaw({ identifier }),
  );
  return found === null ? null : ((await found.raw.json()) as OwnToken);
}

async function keyOf(api: AuthentikApi, identifier: string): Promise<string> {
  const { key } = await orFailure(...viewing(api, identifier));
  return key;
}

function viewing({ core }: AuthentikApi, identifier: string) {
  const what = `view the key of the API token ${identifier} (authentik_core.view_token_key)`;
  return [what, core.coreTokensViewKeyRetrieve({ identifier })] as const;
}

/** Returns the key of a token; null: the account may not view it; undefined: the token is gone. */
export async function viewableKey(api: AuthentikApi, identifier: string): Promise<string | null | undefined> {
  try {
    return (await orNullIfMissing(...viewing(api, identifier)))?.key;
  } catch (error) {
    if (error instanceof Failure && error.kind === 'denied') return null;
    throw error;
  }
}
