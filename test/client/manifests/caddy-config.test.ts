import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { unsetVariables } from '../../../src/client/manifests/adapted-caddyfile.js';
import { caddyConfig } from '../../../src/client/manifests/caddy-config.js';

const folder = mkdtempSync(join(tmpdir(), 'hecate-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function written(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

describe('a Caddy configuration', () => {
  it('is read from JSON, also an empty one', async () => {
    expect(await caddyConfig(written('none.json', 'null'))).toBeNull();
    expect(await caddyConfig(written('some.JSON', '{"apps":{"http":{}}}'))).toEqual({ apps: { http: {} } });
  });

  it.each([
    ['[1]', 'it is not a JSON object'],
    ['{"hello":1}', 'Caddy has no top-level key "hello"'],
    ['{"apps":{"http":{"servers":[]}}}', 'apps/http/servers is not a JSON object'],
    ['{"apps":1}', 'apps is not a JSON object'],
    ['', 'is not JSON'],
    ['\0\0', 'is not JSON: Unexpected token'],
  ])('is not %j: %s', async (text, words) => {
    await expect(caddyConfig(written('odd.json', text))).rejects.toThrow(words);
  });

  it('is not a folder, nor what is not there, nor a file that is far too large', async () => {
    await expect(caddyConfig(folder)).rejects.toThrow('it is a folder');
    await expect(caddyConfig(join(folder, 'nowhere'))).rejects.toThrow('no such file');
    const file = written('large.json', '');
    truncateSync(file, (64 << 20) + 1);
    await expect(caddyConfig(file)).rejects.toThrow('larger than 64 MiB');
  });

  it.each(['localhost:99999', 'http://localhost:2019/pki', 'http://'])('is not at %s', async (address) => {
    await expect(caddyConfig(address)).rejects.toThrow('not the address of an admin endpoint of Caddy');
  });
});

describe('variables of a Caddyfile', () => {
  it.each([
    ['{$DOMAIN} {\n}\n{$DOMAIN} {\n}', ['DOMAIN']],
    ['{$SET} {$WITH:default} {$EMPTY} {env.LATER}', []],
    ['# {$COMMENTED}\na.example.com { # {$TOO}\n}', []],
    ['reverse_proxy {$HOST}:{$PORT}', ['HOST', 'PORT']],
  ])('in %j that are not set are %j', (text, names) => {
    expect(unsetVariables(text, { SET: 'a', EMPTY: '' })).toEqual(names);
  });
});
