import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import { readWorkerReport } from '../../../src/stack/health/worker-report.js';
import { homeLayout } from '../../../src/stack/home-layout.js';
import { keepReporting, type Reporting } from '../../../src/worker/keepers/keep-reporting.js';

const layout = homeLayout(mkdtempSync(join(tmpdir(), 'hecate-reporting-')));
mkdirSync(layout.run);
const logger = pino({ level: 'silent' });
let stop: () => void = () => undefined;
afterEach(() => stop());
afterAll(() => rmSync(layout.home, { recursive: true, force: true }));

function reporting(parts: Partial<Reporting>): void {
  const runs = { version: '1.0.0', build: null };
  const all = {
    layout,
    runs,
    workerProblem: () => null,
    warnings: () => [],
    pulse: async () => null,
    guard: null,
    ...parts,
  };
  const kept = keepReporting(all, logger);
  stop = () => kept.stop();
}

it('reports a worker that does its work, with its version', async () => {
  reporting({});
  const report = { pid: process.pid, runs: { version: '1.0.0', build: null }, problem: null };
  await vi.waitFor(() => expect(readWorkerReport(layout)).toEqual(report));
});

it('reports that Temporal runs no workflows after two failed pulses, and not after one', async () => {
  const pulse = vi.fn(async () => 'temporal does not run workflows: disk I/O error');
  reporting({ pulse });
  await vi.waitFor(() => expect(readWorkerReport(layout)?.problem).toContain('disk I/O error'), 10_000);
  expect(pulse.mock.calls.length).toBeGreaterThanOrEqual(2);
});

it('reports warnings of a worker that does its work, and that they are gone', async () => {
  let warnings = ['the backup of schedule backup is overdue'];
  reporting({ warnings: () => warnings });
  await vi.waitFor(() => expect(readWorkerReport(layout)?.warnings).toEqual(warnings), 5_000);
  warnings = [];
  await vi.waitFor(() => expect(readWorkerReport(layout)).not.toHaveProperty('warnings'), 5_000);
});

it('reports why the worker takes no tasks', async () => {
  reporting({ workerProblem: () => 'the worker is draining' });
  await vi.waitFor(() => expect(readWorkerReport(layout)?.problem).toBe('the worker is draining'), 5_000);
});

it('guards the supervisor, and goes on when that fails', async () => {
  const guard = vi.fn<NonNullable<Reporting['guard']>>(async () => 'fine');
  guard.mockRejectedValueOnce(new Error('no space'));
  reporting({ guard });
  await vi.waitFor(() => expect(guard.mock.calls.length).toBeGreaterThan(1), 10_000);
});
