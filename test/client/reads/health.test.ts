import { afterEach, expect, it, vi } from 'vitest';
import { readHealth } from '../../../src/client/reads/health.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import { emptyState, fold } from '../../../src/domain/log/state.js';
import { entries } from '../../builders/log.js';
import { begunRotation, rotating } from '../../builders/rotating.js';
import type { ReadContext } from '../../../src/client/reads/read.js';

afterEach(() => void vi.unstubAllEnvs());

async function shown(domain: string, details: readonly string[], state = emptyState): Promise<string> {
  const page = { routes: [{ domain, level: 'ok', details, visits: [], servers: [], certificates: [] }], next: null };
  const worker = { inspectHealth: () => Promise.resolve(page) };
  const context = {
    now: '2026-01-11T00:00:00.000Z',
    look: async () => ({ state, asOf: null }),
    withWorker: (ask: (asked: unknown) => unknown) => ask(worker),
  } as unknown as ReadContext;
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

it('names a secret whose rotation waits for a person, with the way out', async () => {
  const stuck = rotating(begunRotation('2026-01-01T00:00:00.000Z', { isStuck: true, problem: 'vault is sealed' }));
  const state = fold(emptyState, entries({ all: [changeOf('Secret', 'team', null, stuck)] }));
  const text = await shown('app.example.com', ['ok'], state);
  expect(text).toContain('WARN secret team');
  expect(text).toContain('stuck in the phase preflight: vault is sealed');
  expect(text).toContain('hecate finish secret rotation --name team');
});
