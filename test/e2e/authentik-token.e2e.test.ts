import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { request as ask } from 'undici';
import { eventually, startStack, type TestStack } from './stack.js';

type Fields = Record<string, unknown>;
interface Status {
  readonly version: number;
  readonly rotation: { readonly phase: string } | null;
  readonly lastRotation: { readonly result: string; readonly problem: string | null } | null;
  readonly consumers: readonly { readonly name: string; readonly version: number }[];
}

const NAME = 'authentik-api-token';
let stack: TestStack;
beforeAll(() => void (stack = startStack()));
afterAll(() => stack.stop());

const tokenFile = () => join(stack.home, 'authentik/hecate-token');
const token = () => readFileSync(tokenFile(), 'utf8').trim();

async function asked(key: string, method: string, path: string, body?: unknown) {
  const response = await ask(`${stack.status.authentik.url}/api/v3${path}`, {
    method: method as 'GET',
    reset: true,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.body.text();
  return { status: response.statusCode, body: (text === '' ? {} : JSON.parse(text)) as Fields };
}

const admin = (method: string, path: string, body?: unknown) =>
  asked(readFileSync(join(stack.home, 'authentik/bootstrap-token'), 'utf8').trim(), method, path, body);
const statusWith = async (key: string) => (await asked(key, 'GET', '/core/groups/')).status;

async function account(): Promise<{ readonly pk: number; readonly attributes: Fields }> {
  const { results } = (await admin('GET', '/core/users/?username=hecate')).body as unknown as {
    results: { pk: number; attributes: Fields }[];
  };
  return results[0]!;
}

/** Identifiers of the account's tokens at authentik. */
async function tokens(): Promise<readonly string[]> {
  const { body } = await admin('GET', '/core/tokens/?user__username=hecate&page_size=100');
  return (body['results'] as { identifier: string }[]).map(({ identifier }) => identifier);
}

async function statusNow(): Promise<Status> {
  const { stdout } = await stack.run('read', 'secret', 'status', '--name', NAME, '-o', 'json');
  return JSON.parse(stdout) as Status;
}

/** Starts a rotation and waits for its end. Returns how it ended. */
async function rotated(...options: string[]): Promise<Status> {
  const { status, stderr } = await stack.run('update', 'secret', 'rotate', '--name', NAME, ...options);
  expect([0, 1], stderr).toContain(status);
  return eventually(statusNow, ({ rotation }) => rotation === null, 90_000);
}

const dualSecret = ['--strategy', 'dual-secret', '--grace', '0s'] as const;

describe('the API token of authentik', () => {
  it('is a secret of Hecate from the first start on, and nobody creates or deletes it', async () => {
    await eventually(
      () => stack.run('read', 'secret', '--name', NAME),
      ({ status }) => status === 0,
    );
    expect(stack.hecate('delete', 'secret', '--name', NAME).status).not.toBe(0);
    expect(await tokens()).toContain('hecate');
  });

  it('is rotated while it is used hundreds of times a second, without a refused use', async () => {
    const first = token();
    let isOver = false;
    let uses = 0;
    const refused: number[] = [];
    const use = async () => {
      while (!isOver) {
        const key = token();
        const status = await statusWith(key);
        // A use that began with the old token may end after its revocation, since the grace period is zero.
        if (status !== 200 && key === token()) refused.push(status);
        uses++;
      }
    };
    const users = [use(), use(), use()];
    const ends: (string | undefined)[] = [];
    for (const _number of [1, 2, 3]) ends.push((await rotated(...dualSecret)).lastRotation?.result);
    isOver = true;
    await Promise.all(users);
    expect([ends, refused]).toEqual([['completed', 'completed', 'completed'], []]);
    expect(uses).toBeGreaterThan(300);
    expect([await statusWith(first), await statusWith(token())]).toEqual([403, 200]);
    expect(await tokens()).toEqual([expect.stringMatching(/^hecate-main-token-[a-z2-7]{24}$/)]);
    expect((await statusNow()).consumers).toMatchObject([{ version: 4 }]);
    expect(statSync(tokenFile()).mode & 0o777).toBe(0o600);
    expect(stack.hecate('read', 'test', 'auth').stdout).toContain('ok   token');
  });

  it('is in no file but its own, the identity provider’s and Vault’s', () => {
    const key = token();
    const places = readdirSync(stack.home, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .filter((path) => readFileSync(path).includes(key))
      .map((path) => path.slice(stack.home.length + 1));
    expect(places.toSorted()).toEqual([
      'authentik/hecate-token',
      'authentik/state.json',
      'authentik/state.json.previous',
    ]);
  });

  it('stays where tokens of the account would expire, and the status names the command that mends it', async () => {
    const before = token();
    const { pk, attributes } = await account();
    await admin('PATCH', `/core/users/${pk}/`, { attributes: {} });
    const { lastRotation } = await rotated(...dualSecret);
    await admin('PATCH', `/core/users/${pk}/`, { attributes });
    expect(lastRotation).toMatchObject({
      result: 'undone',
      problem: expect.stringMatching(/token-expires is not false.*hecate init authentik --url/) as string,
    });
    expect([token(), await statusWith(before), (await tokens()).length]).toEqual([before, 200, 1]);
  });

  it.each([
    ['authentik', 'tries what it may do', isTried],
    ['authentik', 'has made the new token', isIssued],
    ['authentik', 'has written the token file', isDistributed],
    ['worker', 'tries what it may do', isTried],
    ['worker', 'has made the new token', isIssued],
    ['worker', 'has written the token file', isDistributed],
  ] as const)('has one valid value in the end when %s is killed as the rotation %s', async (killed, _when, came) => {
    const before = token();
    const hasCome = came();
    const pid = stack.pidOf(killed);
    let isOver = false;
    const running = rotated(...dualSecret, '--max-attempts', '30').finally(() => (isOver = true));
    while (!isOver && !hasCome()) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(isOver).toBe(false);
    process.kill(pid, 'SIGKILL');
    const { lastRotation } = await running;
    expect(['completed', 'undone']).toContain(lastRotation?.result);
    expect(token() === before).toBe(lastRotation?.result === 'undone');
    expect([await statusWith(token()), (await tokens()).length]).toEqual([200, 1]);
    await eventually(
      () => stack.run('read', 'test', 'auth'),
      ({ stdout }) => stdout.includes('ok   token'),
    );
  });
});

const stateOf = () => readFileSync(join(stack.home, 'authentik/state.json'), 'utf8');

/** Each returns a check that is true once the next rotation has come to a step, as authentik's data and the file show it. */
function isTried() {
  const count = () => stateOf().split('hecate-main-token-trial').length;
  const before = count();
  // Its events stay, so this is not missed.
  return () => count() > before;
}

function isIssued() {
  const names = () => new Set(stateOf().match(/hecate-main-token-[a-z2-7]{24}/g));
  const before = names();
  return () => [...names()].some((name) => !before.has(name));
}

function isDistributed() {
  const before = token();
  return () => token() !== before;
}
