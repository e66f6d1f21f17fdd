import { rmSync } from 'node:fs';
import { readWorkerReport, silentForMs, WORKER_SILENT_MS } from '../health/worker-report.js';
import { homeLayout } from '../home-layout.js';
import type { StackSettings } from '../settings/stack-settings.js';
import { endRestore, mendByRestore } from '../restore/journal.js';
import { PatientError, type Component } from './component.js';

/** A worker that reports a problem is alive; most often another server is the cause. */
const PROBLEM_PATIENCE_MS = 120_000;

/** Hecate's worker. It reports that it does its work in a file, which it touches every second. */
export function workerComponent(settings: StackSettings): Component {
  const layout = homeLayout(settings.home);
  return {
    name: 'worker',
    version: settings.runs.version,
    prepare: async () => {
      endRestore(layout);
      rmSync(layout.workerReady, { force: true });
    },
    launch: {
      file: process.execPath,
      // The home tells the worker that a supervisor runs it, which it guards in turn; by it this process is found, too.
      args: [settings.workerFile, settings.home],
      env: { HECATE_HOME: settings.home },
      isHecate: true,
    },
    async check(pid) {
      const report = readWorkerReport(layout);
      if (report?.pid !== pid) throw new Error('is not ready yet');
      const silent = silentForMs(layout);
      // A worker of an older version gives no sign of life.
      if (report.runs !== null && silent > WORKER_SILENT_MS)
        throw new Error(`has given no sign of life for ${Math.round(silent / 1_000)} s`);
      if (report.problem !== null) throw new PatientError(report.problem, PROBLEM_PATIENCE_MS);
    },
    mend: () => mendByRestore('worker', layout),
  };
}
