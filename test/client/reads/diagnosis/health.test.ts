import { afterEach, expect, it, vi } from 'vitest';
import { readHealth } from '../../../../src/client/reads/diagnosis/health.js';
import { emptyMemory } from '../../../../src/domain/alerts/engine.js';
import type { Finding } from '../../../../src/domain/health/findings.js';
import { changeOf } from '../../../../src/domain/log/commit.js';
import { emptyState, fold } from '../../../../src/domain/log/state.js';
import { entries } from '../../../builders/log.js';
import { begunRotation, rotating } from '../../../builders/rotating.js';
import type { ReadContext } from '../../../../src/client/reads/read.js';

afterEach(() => void vi.unstubAllEnvs());

async function shown(domain: string, details: readonly string[], state = emptyState): Promise<string> {
  const page = { routes: [{ domain, level: 'ok', details, visits: [], servers: [], certificates: [] }], next: null };
  const worker = { inspectHealth: () => Promise.resolve(page) };
  const context = {
    now: '2026-01-11T00:00:00.000Z',
    look: async () => ({ state, asOf: null }),
    withWorker: (ask: (asked: unknown) => unknown) => ask(worker),
    withAlerts: async () => null,
  } as unknown as ReadContext;
  return (await readHealth.answer({}, context)).text();
}

async function answered(findings: readonly Finding[], { strict = false, alerts = emptyMemory.alerts } = {}) {
  const worker = { inspectHealth: () => Promise.resolve({ routes: [], next: null, findings }) };
  const context = {
    now: '2026-01-11T00:00:00.000Z',
    look: async () => ({ state: emptyState, asOf: null }),
    withWorker: (ask: (asked: unknown) => unknown) => ask(worker),
    withAlerts: async () => ({ memory: { ...emptyMemory, alerts } }),
  } as unknown as ReadContext;
  const answer = await readHealth.answer({ strict }, context);
  return { ...answer, text: answer.text(), data: answer.data as { passed: boolean; alerts: unknown[] } };
}

const LONG = 'certificate by Caddy Local Authority - ECC Intermediate until 2026-11-29T09:51:19.000Z';

it('shows a route in one line where that fits', async () => {
  expect((await shown('app.example.com', ['localhost:3000 answers 200'])).split('\n')).toEqual([
    'ok   app.example.com          localhost:3000 answers 200',
    '',
    'Everything works. See what makes alerts: hecate list alert-rules',
  ]);
});

it('keeps what others write within its line', async () => {
  const [line] = (await shown('app.example.com', ['answers 502: a\nFAIL b\u202e\tc'])).split('\n');
  expect(line).toBe('ok   app.example.com          answers 502: a FAIL b\\u202e c');
});

it('breaks a longer line into one for each detail, within the width of the terminal', async () => {
  vi.stubEnv('COLUMNS', '80');
  const text = await shown('app.example.com', ['localhost:3000 answers 200', LONG]);
  expect(text.split('\n').slice(0, 4)).toEqual([
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

it('fails when a component is down, and with --strict also when something needs attention', async () => {
  const up: Finding = { area: 'component', name: 'nats', level: 'ok', detail: 'works' };
  const drift: Finding = { area: 'drift', name: 'caddy', level: 'warn', detail: '2 differences from the log' };
  const down: Finding = { area: 'component', name: 'caddy', level: 'fail', detail: 'does not answer' };
  expect((await answered([up])).exitCode).toBe(0);
  expect(await answered([up, drift])).toMatchObject({ exitCode: 0, data: { passed: true } });
  expect((await answered([up, drift], { strict: true })).exitCode).toBe(6);
  const failed = await answered([up, drift, down]);
  expect(failed).toMatchObject({ exitCode: 6, data: { passed: false } });
  expect(failed.text).toContain('FAIL component caddy          does not answer');
  expect(failed.text).toContain('1 does not work, and 1 need attention');
  expect(() => readHealth.shape().parse(failed.data)).not.toThrow();
});

it('names the alerts that fire, and not those that are pending or over', async () => {
  const since = '2026-01-10T00:00:00.000Z';
  const alert = {
    ...{ rule: 'disk', labels: { disk: 'home' }, annotations: { summary: '4% is free', description: '' } },
    ...{ activeSince: since, lastActive: since, firedAt: since, endedAt: null },
  };
  const alerts = { a: alert, b: { ...alert, firedAt: null }, c: { ...alert, endedAt: since } };
  const { data, text } = await answered([], { alerts });
  expect(data.alerts).toEqual([{ rule: 'disk', labels: { disk: 'home' }, activeSince: since, summary: '4% is free' }]);
  expect(text).toContain(`WARN alert disk               4% is free, since ${since}`);
});
