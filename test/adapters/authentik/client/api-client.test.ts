import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orFailure, createApiClient } from '../../../../src/adapters/authentik/client/api-client.js';

const TOKEN = 'a-token-that-nobody-may-see';
const folder = mkdtempSync(join(tmpdir(), 'hecate-api-'));
const tokenFile = join(folder, 'token');
let server: Server;
let url: string;
let calls: string[] = [];

beforeAll(async () => {
  writeFileSync(tokenFile, TOKEN);
  server = createServer((incoming, response) => {
    if (incoming.url?.includes('/applications/') === true) return void incoming.socket.destroy();
    calls.push(`${String(incoming.method)} ${String(incoming.url)}`);
    if (incoming.url?.includes('/flows/') === true && calls.length === 1) return void incoming.socket.destroy();
    response.writeHead(incoming.method === 'POST' ? 400 : 503, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ detail: 'Not now.' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

describe('a call that fails', () => {
  const api = () => createApiClient({ url, tokenFile }, { pausesMs: [] });

  it.each([
    ['answers an error', () => api().core.coreGroupsList({ name: 'staff' }), 'GET /api/v3/core/groups/ answered 503'],
    [
      'refuses',
      () => api().core.coreGroupsCreate({ groupRequest: { name: 'staff' } }),
      'POST /api/v3/core/groups/ answered 400',
    ],
    ['hangs up', () => api().core.coreApplicationsDestroy({ slug: 'shop' }), 'DELETE /api/v3/core/applications/shop/'],
  ])('names method and path where authentik %s, and never the token', async (_what, call, words) => {
    const error = await orFailure<unknown>('do it', call()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'Failure', message: expect.stringContaining(words) as string });
    expect(String(error)).not.toContain(TOKEN);
  });
});

describe('a call whose connection is closed under it', () => {
  const api = () => createApiClient({ url, tokenFile }, { pausesMs: [] });
  const asked = async (call: () => Promise<unknown>) => {
    calls = [];
    await orFailure('do it', call()).catch(() => undefined);
    return calls.map((line) => line.split('/')[0]?.trim());
  };

  it('is made once more where it only asks', async () => {
    expect(await asked(() => api().flows.flowsInstancesList())).toEqual(['GET', 'GET']);
  });

  it('is not repeated where it changes something', async () => {
    const flowStageBindingRequest = { target: 'a', stage: 'b', order: 0 };
    expect(await asked(() => api().flows.flowsBindingsCreate({ flowStageBindingRequest }))).toEqual(['POST']);
  });
});

describe('a call whose token is revoked under it', () => {
  /** A server that refuses the token `old`, and an authentik client whose file holds it at first. */
  const lab = async (onRefusal: (file: string) => void) => {
    const seen: string[] = [];
    const file = join(folder, 'changing-token');
    writeFileSync(file, 'old');
    const other = createServer((incoming, response) => {
      const { method, headers } = incoming;
      seen.push(`${String(method)} ${String(headers.authorization)}`);
      const isOld = headers.authorization === 'Bearer old';
      if (isOld) onRefusal(file);
      response.writeHead(isOld ? 403 : 204, { 'content-type': 'application/json' });
      response.end(isOld ? JSON.stringify({ detail: 'Token invalid/expired' }) : undefined);
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const remove = createApiClient({ url: address, tokenFile: file }, { pausesMs: [] }).core.coreTokensDestroy({
      identifier: 'x',
    });
    const error = await orFailure('delete it', remove).catch((thrown: unknown) => thrown);
    other.close();
    return { seen, error };
  };

  it('is made again with the new one, also when it changes something', async () => {
    const { seen, error } = await lab((file) => writeFileSync(file, 'new'));
    expect([seen, error]).toEqual([['DELETE Bearer old', 'DELETE Bearer new'], undefined]);
  });

  it('is refused when the file holds no other one', async () => {
    const { seen, error } = await lab(() => undefined);
    expect(seen).toEqual(['DELETE Bearer old']);
    expect(error).toMatchObject({ kind: 'denied' });
  });
});
