import { readFileSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthentikIdentity } from '../../../src/adapters/authentik/authentik-identity.js';
import { createAuthentikTokens } from '../../../src/adapters/authentik/credentials/authentik-tokens.js';
import { createTokenSource } from '../../../src/adapters/authentik/credentials/token-source.js';
import type { Credential } from '../../../src/ports/credentials.js';
import { everything, startAuthentik, type TestAuthentik } from './authentik-server.js';

const SECRET = { name: 'authentik-api-token', settings: {} };
const environment = `t${Math.random().toString(36).slice(2, 8)}`;
const ROTATIONS = 20;

let authentik: TestAuthentik;
beforeAll(async () => void (authentik = await startAuthentik()));
afterAll(async () => {
  expect(await authentik.differences()).toEqual([]);
  await authentik.stop();
});

/** A worker: its issuer, and its other client of authentik. */
function createWorker() {
  const { url, tokenFile } = authentik;
  const tokens = createTokenSource(tokenFile);
  const identity = createAuthentikIdentity({ url, tokenFile, tokens, environment, publicHttpsPort: 443 });
  return { ...createAuthentikTokens({ url, tokens, environment }), identity, tokens };
}

type Worker = ReturnType<typeof createWorker>;
const statusWith = async (token: string) =>
  (await fetch(`${authentik.url}/api/v3/core/groups/`, { headers: { authorization: `Bearer ${token}` } })).status;

/** A whole dual-secret rotation without grace. */
async function rotate({ issuer }: Worker, former: Credential, number: number): Promise<Credential> {
  const edition = `${'a'.repeat(23)}${'abcdefghijklmnopqrstuvwxyz'[number]}`;
  await issuer.preflight(SECRET);
  const next = { edition, ...(await issuer.issue(SECRET, { edition, former })) };
  await issuer.distribute(SECRET, next);
  await issuer.prove(SECRET, next);
  await issuer.revoke(SECRET, former.edition, former);
  expect(await issuer.isAccepted(SECRET, former)).toBe(false);
  await issuer.removeOthers?.(SECRET, [next]);
  return next;
}

describe('an API token of Hecate’s account', () => {
  it('is rotated twenty times under hundreds of calls a second, without a refused use', async () => {
    const workers = [createWorker(), createWorker()] as const;
    let isOver = false;
    let calls = 0;
    const refused: string[] = [];
    const use = async (worker: Worker) => {
      const { tokens } = worker;
      while (!isOver) {
        const call = tokens.begin();
        const status = await statusWith(call.token);
        // Another process may revoke the token while this call is on the way; the client makes such a call again.
        const isExcused = worker === workers[1] && tokens.current() !== call.token;
        if (status !== 200 && !isExcused) refused.push(`${status}`);
        call.end(status === 200);
        calls++;
      }
    };
    const clients = async ({ identity }: Worker) => {
      while (!isOver) {
        await identity.probe().catch((error: unknown) => refused.push(String(error)));
        calls++;
      }
    };
    const users = workers.flatMap((worker) => [use(worker), use(worker), clients(worker), clients(worker)]);
    const old: Credential[] = [];
    const [first] = await workers[0].own();
    let current: Credential = { edition: 'z'.repeat(24), value: first!.value, plain: null };
    const { user } = await authentik
      .admin<{ results: { user: number }[] }>('GET', `/core/tokens/?identifier=${String(current.value['identifier'])}`)
      .then(({ results }) => results[0]!);
    for (let number = 0; number < ROTATIONS; number++) {
      old.push(current);
      current = await rotate(workers[0], current, number);
    }
    isOver = true;
    await Promise.all(users);
    expect(refused).toEqual([]);
    expect(calls).toBeGreaterThan(ROTATIONS * 20);
    for (const { value } of old) expect(await statusWith(String(value['token']))).toBe(403);
    const left = (await everything(authentik, '/core/tokens/')).filter(
      (one) => one['user'] === user && one['intent'] === 'api',
    );
    expect(left).toMatchObject([{ identifier: current.value['identifier'], expiring: false }]);
    expect(readFileSync(authentik.tokenFile, 'utf8').trim()).toBe(current.value['token']);
    expect(readdirSync(dirname(authentik.tokenFile)).filter((file) => file.endsWith('.tmp'))).toEqual([]);
  }, 900_000);
});
