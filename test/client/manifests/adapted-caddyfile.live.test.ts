import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { adaptedCaddyfile } from '../../../src/client/manifests/adapted-caddyfile.js';

const folder = mkdtempSync(join(tmpdir(), 'hecate-caddyfile-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function refusalOf(text: string): Promise<{ message: string; hint: string }> {
  const file = join(folder, 'Caddyfile');
  writeFileSync(file, text);
  const error: unknown = await adaptedCaddyfile(file, text).catch((thrown: unknown) => thrown);
  const { message, details } = error as { message: string; details: { hint: string } };
  return { message, hint: details.hint };
}

describe('a Caddyfile that Caddy cannot read', () => {
  it.each([
    ['a.example.com {\n\ttls {\n\t\tdns cloudflare {$CF_TOKEN}\n\t}\n}', 'dns.providers.cloudflare', 'CF_TOKEN'],
    ['a.example.com {\n\tcrowdsec\n\treverse_proxy {$UP}\n}', 'crowdsec', 'UP'],
    ['{$SITE} {\n\tcrowdsec\n\treverse_proxy {$UP}\n}', 'crowdsec', 'SITE, UP'],
    ['{\n\tstorage redis\n}\n{$SITE} {\n\treverse_proxy {$UP}\n}', 'caddy.storage.redis', 'SITE, UP'],
    ['a.example.com {\n\treverse_proxy localhost:1 {\n\t\tlb_retries {$N}\n\t}\n\tcrowdsec\n}', 'crowdsec', 'N'],
  ])('names the missing plugin before the unset variables: %j', async (text, plugin, unset) => {
    const { message, hint } = await refusalOf(text);
    expect(message).toContain(plugin);
    expect(hint).toContain(`If your Caddy has a plugin for ${plugin}`);
    expect(hint).toContain(`Then set these environment variables of the Caddyfile: ${unset}`);
  });

  it.each([
    ['{$SITE} {\n\treverse_proxy localhost:1\n}', 'SITE'],
    ['a.example.com {\n\ttls {\n\t\tdns {$PROVIDER}\n\t}\n}', 'PROVIDER'],
  ])('names the unset variables when no plugin is missing: %j', async (text, unset) => {
    const { hint } = await refusalOf(text);
    expect(hint).toBe(`Set these environment variables of the Caddyfile: ${unset}`);
  });

  it('names the plugin alone when every variable is set', async () => {
    expect((await refusalOf('a.example.com {\n\tcrowdsec\n}')).hint).not.toContain('environment');
  });
});
