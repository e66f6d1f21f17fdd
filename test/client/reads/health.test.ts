import { afterEach, expect, it, vi } from 'vitest';
import { readHealth } from '../../../src/client/reads/health.js';
import type { ReadContext } from '../../../src/client/reads/read.js';

afterEach(() => void vi.unstubAllEnvs());

async function shown(domain: string, details: readonly string[]): Promise<string> {
  const page = { routes: [{ domain, level: 'ok', details, visits: [], servers: [], certificates: [] }], next: null };
  const worker = { inspectHealth: () => Promise.resolve(page) };
  const context = { withWorker: (ask: (asked: unknown) => unknown) => ask(worker) } as unknown as ReadContext;
  return (await readHealth.answer({}, context)).text();
}

const LONG = 'certificate by Caddy Local Authority - ECC Intermediate until 2026-11-29T09:51:19.000Z';

it('shows a route in one line where that fits', async () => {
  expect(await shown('app.example.com', ['localhost:3000 answers 200'])).toBe(
    'ok   app.example.com          localhost:3000 answers 200',
  );
});

it('breaks a longer line into one for each detail, within the width of the terminal', async () => {
  vi.stubEnv('COLUMNS', '80');
  const text = await shown('app.example.com', ['localhost:3000 answers 200', LONG]);
  expect(text.split('\n')).toEqual([
    'ok   app.example.com',
    '     localhost:3000 answers 200',
    '     certificate by Caddy Local Authority - ECC Intermediate until',
    '     2026-11-29T09:51:19.000Z',
  ]);
});
