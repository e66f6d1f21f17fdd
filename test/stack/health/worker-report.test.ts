import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { giveReport, readWorkerReport, silentForMs } from '../../../src/stack/health/worker-report.js';
import { homeLayout } from '../../../src/stack/home-layout.js';

const layout = homeLayout(mkdtempSync(join(tmpdir(), 'hecate-report-')));
mkdirSync(layout.run);
afterAll(() => rmSync(layout.home, { recursive: true, force: true }));
const report = { pid: 12, runs: { version: '1.0.0', build: 'abc' }, problem: null };

it('is a sign of life with version and problem, and is written again when its file was emptied', () => {
  expect(silentForMs(layout)).toBe(Infinity);
  giveReport(layout, report);
  expect(readWorkerReport(layout)).toEqual(report);
  writeFileSync(layout.workerReady, '');
  expect(readWorkerReport(layout)).toBeNull();
  giveReport(layout, { ...report, problem: 'temporal does not run workflows: x' });
  expect(readWorkerReport(layout)?.problem).toBe('temporal does not run workflows: x');
});

it('renews the sign of life without a write', () => {
  giveReport(layout, report);
  utimesSync(layout.workerReady, new Date(0), new Date(0));
  expect(silentForMs(layout)).toBeGreaterThan(1_000_000);
  giveReport(layout, report);
  expect(silentForMs(layout)).toBeLessThan(60_000);
});

it('of a worker of an older version holds only its pid', () => {
  writeFileSync(layout.workerReady, '4711');
  expect(readWorkerReport(layout)).toEqual({ pid: 4711, runs: null, problem: null });
});
