import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAuthentikIdentity } from '../../../../src/adapters/authentik/authentik-identity.js';
import { createAuthentikTokens } from '../../../../src/adapters/authentik/credentials/authentik-tokens.js';
import { createTokenSource } from '../../../../src/adapters/authentik/credentials/token-source.js';
import type { Credential } from '../../../../src/ports/credentials.js';
import { createAdapterLab, type AdapterLab } from '../lab.js';

type Fields = Record<string, unknown>;
const SECRET = { name: 'authentik-api-token', settings: {} };
const ENVIRONMENT = 'lab';
const editionOf = (number: number) =>
  `${'a'.repeat(22)}${'abcdefghijklmnopqrstuvwxyz'[Math.floor(number / 26)]}${'abcdefghijklmnopqrstuvwxyz'[number % 26]}`;

let lab: AdapterLab;
beforeEach(async () => void (lab = await createAdapterLab()));
afterEach(() => lab.stop());

/** A worker: its issuer, and its other client of authentik. */
function createWorker() {
  const tokens = createTokenSource(lab.tokenFile);
  const { issuer, own } = createAuthentikTokens({ url: lab.url, tokens, environment: ENVIRONMENT });
  const identity = createAuthentikIdentity({
    url: lab.url,
    tokenFile: lab.tokenFile,
    tokens,
    environment: ENVIRONMENT,
    publicHttpsPort: 443,
  });
  return { issuer, own, identity, tokens };
}

type Worker = ReturnType<typeof createWorker>;
const fileToken = () => readFileSync(lab.tokenFile, 'utf8').trim();
const statusWith = async (token: string) =>
  (await fetch(`${lab.url}/api/v3/core/groups/`, { headers: { authorization: `Bearer ${token}` } })).status;

async function firstOf({ own }: Worker): Promise<Credential> {
  const [found] = await own();
  return { edition: editionOf(0), value: found!.value, plain: found!.plain };
}

/** Identifiers of the account's API tokens, as an administrator sees them. */
async function identifiers(): Promise<readonly string[]> {
  const all = await lab.list('/core/tokens/');
  const names = all.filter(({ user, intent }) => user === account && intent === 'api');
  return names.map(({ identifier }) => String(identifier)).toSorted();
}

let account: number;
let name: string;
beforeEach(async () => {
  const me = await fetch(`${lab.url}/api/v3/core/users/me/`, { headers: { authorization: `Bearer ${fileToken()}` } });
  const { user } = (await me.json()) as { user: { pk: number; username: string } };
  account = user.pk;
  name = user.username;
});

async function issued({ issuer }: Worker, former: Credential, number: number): Promise<Credential> {
  const edition = editionOf(number);
  return { edition, ...(await issuer.issue(SECRET, { edition, former })) };
}

/** A whole dual-secret rotation without grace. */
async function rotate(worker: Worker, former: Credential, number: number): Promise<Credential> {
  const { issuer } = worker;
  await issuer.preflight(SECRET);
  const next = await issued(worker, former, number);
  await issuer.distribute(SECRET, next);
  await issuer.prove(SECRET, next);
  await issuer.revoke(SECRET, former.edition, former);
  expect(await issuer.isAccepted(SECRET, former)).toBe(false);
  await issuer.removeOthers?.(SECRET, [next]);
  return next;
}

describe('a token of Hecate’s account', () => {
  it('is found with its identifier, whoever made it', async () => {
    const worker = createWorker();
    const first = await firstOf(worker);
    expect(first.value).toEqual({ token: fileToken(), identifier: name });
    const next = await rotate(worker, first, 1);
    const [found] = await createWorker().own();
    expect(found).toEqual({ name: 'authentik-api-token', kind: 'authentik-token', value: next.value, plain: null });
    expect(next.value['identifier']).toBe(`hecate-lab-token-${editionOf(1)}`);
  });

  it('is one for an edition, however often it is issued, and lasts', async () => {
    const worker = createWorker();
    const first = await firstOf(worker);
    const next = await issued(worker, first, 1);
    expect(await issued(worker, first, 1)).toEqual(next);
    expect(await identifiers()).toEqual([name, next.value['identifier']].toSorted());
    expect(await lab.find('/core/tokens/', { identifier: next.value['identifier'] })).toMatchObject({
      user: account,
      intent: 'api',
      expiring: false,
    });
    // Both are valid.
    expect([await statusWith(String(first.value['token'])), await statusWith(String(next.value['token']))]).toEqual([
      200, 200,
    ]);
  });

  it('is tried by the preflight, which leaves nothing and changes nothing', async () => {
    const { issuer } = createWorker();
    const before = [fileToken(), await identifiers()];
    await issuer.preflight(SECRET);
    await issuer.preflight(SECRET);
    expect([fileToken(), await identifiers()]).toEqual(before);
    expect(statSync(lab.tokenFile).mode & 0o777).toBe(0o600);
  });

  it('is used by the worker’s next calls, and by other workers, from its distribution on', async () => {
    const [worker, other] = [createWorker(), createWorker()];
    const first = await firstOf(worker);
    await other.identity.probe();
    const next = await issued(worker, first, 1);
    await expect(worker.issuer.prove(SECRET, next)).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('does not use the new API token') as string,
    });
    await worker.issuer.distribute(SECRET, next);
    const [use] = await worker.issuer.prove(SECRET, next);
    expect(use?.name).toContain(`/${process.pid}`);
    expect(await worker.issuer.prove(SECRET, next)).toEqual([use]);
    await other.identity.probe();
    const token = String(next.value['token']);
    expect([other.tokens.acceptedSince(token), fileToken()]).toEqual([expect.any(String), token]);
  });

  it('is refused after it was revoked, by its identifier or by the name of its edition, also twice', async () => {
    const worker = createWorker();
    const { issuer } = worker;
    const first = await firstOf(worker);
    const next = await issued(worker, first, 1);
    await issuer.revoke(SECRET, next.edition, null);
    expect(await issuer.isAccepted(SECRET, next)).toBe(false);
    await issuer.revoke(SECRET, next.edition, next);
    expect(await identifiers()).toEqual([name]);
    const again = await rotate(worker, first, 2);
    await issuer.revoke(SECRET, first.edition, { ...first, value: { ...first.value, identifier: '' } });
    expect(await identifiers()).toEqual([again.value['identifier']]);
  });

  it('is not revoked while the worker’s file holds it', async () => {
    const worker = createWorker();
    const first = await firstOf(worker);
    await issued(worker, first, 1);
    await expect(worker.issuer.revoke(SECRET, first.edition, first)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await worker.issuer.isAccepted(SECRET, first)).toBe(true);
  });

  it('is taken back to the former one before the new one is revoked', async () => {
    const worker = createWorker();
    const { issuer } = worker;
    const first = await firstOf(worker);
    const next = await issued(worker, first, 1);
    await issuer.distribute(SECRET, next);
    await issuer.takeBack?.(SECRET, first);
    await issuer.revoke(SECRET, next.edition, next);
    await worker.identity.probe();
    expect([fileToken(), await identifiers()]).toEqual([first.value['token'], [name]]);
    // A former token that authentik refuses would cut the worker off.
    const later = await rotate(worker, first, 2);
    await expect(issuer.takeBack?.(SECRET, first)).rejects.toMatchObject({ kind: 'denied' });
    expect(fileToken()).toBe(later.value['token']);
  });

  it('is taken up by a worker that has a file of its own', async () => {
    const worker = createWorker();
    const first = await firstOf(worker);
    const file = `${lab.tokenFile}-of-another-machine`;
    writeFileSync(file, fileToken());
    const tokens = createTokenSource(file);
    const { issuer } = createAuthentikTokens({ url: lab.url, tokens, environment: ENVIRONMENT });
    const next = await issued(worker, first, 1);
    await worker.issuer.distribute(SECRET, next);
    expect(tokens.current()).toBe(first.value['token']);
    // A token that neither is nor was the secret's stays.
    expect(await issuer.follow?.(SECRET, next, { ...first, value: { token: 'another' } })).toBe(false);
    expect(await issuer.follow?.(SECRET, next, null)).toBe(false);
    expect(await issuer.follow?.(SECRET, next, first)).toBe(true);
    expect(tokens.current()).toBe(next.value['token']);
    await issuer.revoke(SECRET, first.edition, first);
    // One that slept meanwhile.
    writeFileSync(file, String(first.value['token']));
    expect(await issuer.follow?.(SECRET, next, null)).toBe(true);
    expect(tokens.current()).toBe(next.value['token']);
  });

  it('is the only one of its environment at the end, and those of others stay', async () => {
    const worker = createWorker();
    const first = await firstOf(worker);
    const left = await issued(worker, first, 7);
    const other = createAuthentikTokens({ url: lab.url, tokens: worker.tokens, environment: 'lab2' });
    const foreign = await other.issuer.issue(SECRET, { edition: editionOf(1), former: null });
    const next = await rotate(worker, first, 1);
    expect(await worker.issuer.isAccepted(SECRET, left)).toBe(false);
    expect(await identifiers()).toEqual([next.value['identifier'], foreign.value['identifier']].toSorted());
    // One that somebody gave to the worker stays too.
    const given = await issued(worker, next, 8);
    await worker.issuer.distribute(SECRET, given);
    expect(await worker.issuer.removeOthers?.(SECRET, [next])).toBe(0);
  });
});

describe('a rotation at an authentik that fails', () => {
  const steps: Record<string, (worker: Worker, former: Credential, next: Credential) => Promise<unknown>> = {
    preflight: ({ issuer }) => issuer.preflight(SECRET),
    issue: (worker, former) => issued(worker, former, 2),
    prove: ({ issuer }, _, next) => issuer.prove(SECRET, next),
    takeBack: async ({ issuer }, former) => void (await issuer.takeBack?.(SECRET, former)),
    revoke: ({ issuer }, former) => issuer.revoke(SECRET, former.edition, former),
    isAccepted: ({ issuer }, former) => issuer.isAccepted(SECRET, former),
    removeOthers: async ({ issuer }, _, next) => issuer.removeOthers?.(SECRET, [next]),
  };

  it.each(Object.entries(steps))('tries %s again', async (_step, run) => {
    const worker = createWorker();
    const first = await firstOf(worker);
    const next = await issued(worker, first, 1);
    await worker.issuer.distribute(SECRET, next);
    for (const status of [503, 429]) {
      lab.interfere(() => ({ status }));
      const error = await run(worker, first, next).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ name: 'Failure', kind: 'unavailable' });
      expect(String(error)).not.toContain(String(next.value['token']));
    }
    lab.interfere(() => undefined);
    const before = await identifiers();
    await run(worker, first, next);
    expect(before).toEqual([name, next.value['identifier']].toSorted());
  });

  it('takes up an issue whose answer was lost', async () => {
    const worker = createWorker();
    const first = await firstOf(worker);
    lab.interfere((method, path) => (path.includes('view_key') && method === 'GET' ? { status: 500 } : undefined));
    await expect(issued(worker, first, 1)).rejects.toMatchObject({ kind: 'unavailable' });
    lab.interfere(() => undefined);
    const next = await issued(worker, first, 1);
    expect(await identifiers()).toEqual([name, next.value['identifier']].toSorted());
    expect(await statusWith(String(next.value['token']))).toBe(200);
  });

  it('is given up when authentik refuses the new token', async () => {
    const worker = createWorker();
    const first = await firstOf(worker);
    const next = await issued(worker, first, 1);
    await worker.issuer.distribute(SECRET, next);
    await lab.admin('DELETE', `/core/tokens/${String(next.value['identifier'])}/`);
    await expect(worker.issuer.prove(SECRET, next)).rejects.toMatchObject({
      kind: 'denied',
      message: 'authentik refuses the new API token',
    });
    await worker.issuer.takeBack?.(SECRET, first);
    await worker.issuer.revoke(SECRET, next.edition, next);
    await worker.identity.probe();
  });
});

describe('an account that cannot rotate', () => {
  const hint = expect.stringContaining('hecate init authentik --url') as string;

  it.each([
    ['authentik_core.add_token', 'POST', /tokens\/$/],
    ['authentik_core.view_token_key', 'GET', /view_key\/$/],
    ['authentik_core.delete_token', 'DELETE', /tokens\/[^/]+\/$/],
  ])('is said by the preflight, with the right %s and the way out', async (right, method, path) => {
    const { issuer, own } = createWorker();
    await own();
    lab.interfere((asked, at) => (asked === method && path.test(at) ? { status: 403 } : undefined));
    await expect(issuer.preflight(SECRET)).rejects.toMatchObject({
      kind: 'denied',
      message: expect.stringContaining(right) as string,
      details: { hint },
    });
    // The next try removes what is left.
    lab.interfere(() => undefined);
    await issuer.preflight(SECRET);
    expect(await identifiers()).toEqual([name]);
  });

  it('whose tokens expire is told so, and `init authentik` mends it', async () => {
    const { issuer } = createWorker();
    const path = `/core/users/${account}/`;
    const { attributes } = await lab.admin<{ attributes: Fields }>('GET', path);
    await lab.admin('PATCH', path, { attributes: {} });
    await expect(issuer.preflight(SECRET)).rejects.toMatchObject({
      kind: 'denied',
      message: expect.stringContaining('goauthentik.io/user/token-expires') as string,
      details: { hint },
    });
    expect(await identifiers()).toEqual([name]);
    await lab.admin('PATCH', path, { attributes });
    await issuer.preflight(SECRET);
  });

  it('whose token is refused is told how to get another one', async () => {
    const { issuer } = createWorker();
    const token = fileToken();
    writeFileSync(lab.tokenFile, 'wrong');
    await expect(issuer.preflight(SECRET)).rejects.toMatchObject({ kind: 'denied', details: { hint } });
    writeFileSync(lab.tokenFile, token);
  });

  it('with several tokens that others made is told to leave one', async () => {
    await lab.admin('POST', '/core/tokens/', {
      identifier: `${name}-2`,
      intent: 'api',
      user: account,
      expiring: false,
    });
    const { issuer, own } = createWorker();
    expect((await own())[0]?.value['identifier']).toBe('');
    await expect(issuer.preflight(SECRET)).rejects.toMatchObject({
      kind: 'denied',
      message: `authentik does not say which token of Hecate's account ${lab.tokenFile} holds`,
    });
    await lab.admin('DELETE', `/core/tokens/${name}-2/`);
    await issuer.preflight(SECRET);
  });
});
