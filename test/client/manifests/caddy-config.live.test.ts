import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { caddyConfig } from '../../../src/client/manifests/caddy-config.js';
import { Failure } from '../../../src/ports/failure.js';

const folder = mkdtempSync(join(tmpdir(), 'hecate-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function refusal(from: string): Promise<Failure> {
  const error = await caddyConfig(from).then(
    () => null,
    (caught: unknown) => caught,
  );
  if (error instanceof Failure) return error;
  throw new Error(`${from} is read`);
}

describe('a Caddyfile', () => {
  const named = (text: string) => {
    const file = join(folder, 'Caddyfile');
    writeFileSync(file, text);
    return file;
  };

  it.each([
    ['a.example.com {\n\treverse_proxi x:1\n}\n', 'Caddyfile:2: unrecognized directive: reverse_proxi', 'has a plugin'],
    [
      'a.example.com {\n\ttls {\n\t\tdns nobody\n\t}\n}\n',
      'module not registered: dns.providers.nobody',
      'has a plugin',
    ],
    ['a.example.com {\n\treverse_proxy x:1\n', "expecting '}', at", undefined],
    ['{$HECATE_NOT_SET} {\n\treverse_proxy x:1\n}\n', 'Caddyfile:2', 'HECATE_NOT_SET'],
    ['import nowhere\n', 'File to import not found: nowhere', undefined],
    [' \n', 'is empty', undefined],
  ])('that is not right is refused in Caddy’s words: %j', async (text, words, hint) => {
    const { kind, message, details } = await refusal(named(text));
    expect(kind).toBe('invalid');
    expect(message).toContain(words);
    if (hint === undefined) expect(details.hint).toBeUndefined();
    else expect(details.hint).toContain(hint);
  });
});

describe('an admin address', () => {
  let server: Server;
  let address: string;
  beforeAll(async () => {
    server = createServer(({ headers, url }, response) => {
      if (url === '/config/' && headers.host?.startsWith('localhost')) return response.end('null');
      response.writeHead(404).end('not found');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  it('is asked for its configuration, also when that is what is named', async () => {
    const port = address.split(':')[1];
    for (const named of [`localhost:${port}`, `http://localhost:${port}`, `http://localhost:${port}/config/`]) {
      expect(await caddyConfig(named)).toBeNull();
    }
  });

  it('that shows nothing, or is not there, is said with what it should be', async () => {
    expect(await refusal(address)).toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('status 404') as string,
    });
    const silent = await refusal('127.0.0.1:1');
    expect(silent).toMatchObject({ kind: 'unavailable', message: expect.stringContaining('ECONNREFUSED') as string });
    expect(silent.details.hint).toContain('localhost:2019');
  });
});
