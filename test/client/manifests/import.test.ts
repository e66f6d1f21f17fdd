import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { importFromCaddy } from '../../../src/client/manifests/import.js';

const folder = mkdtempSync(join(tmpdir(), 'hecate-import-'));
afterEach(() => rmSync(folder, { recursive: true }));

it('says what it wrote, and that nothing was to be written the second time', async () => {
  const printed: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const [from, to] = [join(folder, 'caddy.json'), join(folder, 'out')];
  const proxied = { handler: 'reverse_proxy', upstreams: [{ dial: 'localhost:3000' }] };
  const routes = [{ match: [{ host: ['app.example.com'] }], handle: [proxied], terminal: true }];
  writeFileSync(from, JSON.stringify({ apps: { http: { servers: { srv0: { listen: [':443'], routes } } } } }));
  for (let time = 0; time < 2; time++) await importFromCaddy({ from, to, output: 'table' });
  expect(printed.join('')).toBe(
    `${to}/routes/app.example.com.yaml\n1 written, 0 unchanged in ${to}\n0 written, 1 unchanged in ${to}\n`,
  );
});
