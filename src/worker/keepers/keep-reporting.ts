import type { Logger } from 'pino';
import { giveReport } from '../../stack/health/worker-report.js';
import type { HomeLayout } from '../../stack/home-layout.js';
import type { PackageVersion } from '../../stack/settings/package-root.js';
import type { Guarded } from '../../stack/processes/start-supervisor.js';

const REPORT_MS = 1_000;
/** Rare, since Temporal keeps a removed workflow in its list for about a minute. */
const PULSE_MS = 60_000;
const PULSE_AGAIN_MS = 2_000;
const GUARD_MS = 2_000;
/** Failed pulses in a row that make a problem: one may be lost while Temporal restarts. */
const PULSES_UNTIL_PROBLEM = 2;

/** Dependencies of {@link keepReporting}. */
export interface Reporting {
  readonly layout: HomeLayout;
  readonly runs: PackageVersion;
  /** Returns why the worker takes no tasks; null: it does. */
  readonly workerProblem: () => string | null;
  /** Returns what a person should know although the worker does its work. */
  readonly warnings: () => readonly string[];
  /** Has Temporal run a workflow; returns why that failed. */
  readonly pulse: () => Promise<string | null>;
  /** Replaces a supervisor that was killed or hangs. Null: no supervisor runs this worker. */
  readonly guard: (() => Promise<Guarded>) | null;
}

/**
 * Reports every second that this worker does its work, for the supervisor and for `hecate status`, and guards the
 * supervisor in turn: of the two, each replaces the other. `stop` ends the loops.
 */
export function keepReporting(reporting: Reporting, logger: Logger): { stop(): void } {
  const { layout, runs, workerProblem, warnings, pulse, guard } = reporting;
  let stopped = false;
  let failedPulses = 0;
  let pulseProblem: string | null = null;
  let lastProblem = '';

  const report = async () => {
    const problem = workerProblem() ?? pulseProblem;
    let unwritten = '';
    try {
      const now = warnings();
      giveReport(layout, { pid: process.pid, runs, problem, ...(now.length === 0 ? {} : { warnings: now }) });
    } catch (error) {
      unwritten = `cannot write ${layout.workerReady}: ${String(error)}`;
    }
    const now = problem ?? unwritten;
    if (now !== lastProblem) logger[now === '' ? 'info' : 'warn'](now === '' ? 'the worker does its work' : now);
    lastProblem = now;
    return REPORT_MS;
  };
  const feelPulse = async () => {
    const failed = await pulse();
    failedPulses = failed === null ? 0 : failedPulses + 1;
    pulseProblem = failedPulses >= PULSES_UNTIL_PROBLEM ? failed : null;
    return failed === null ? PULSE_MS : PULSE_AGAIN_MS;
  };
  const guardOnce = async () => {
    const guarded = await guard?.();
    if (guarded === 'replaced') logger.warn('the supervisor was killed or hung; started another');
    return GUARD_MS;
  };
  const repeat = async (work: () => Promise<number>) => {
    while (!stopped) {
      const pauseMs = await work().catch((error: unknown) => {
        logger.warn(String(error));
        return PULSE_AGAIN_MS;
      });
      await new Promise((resolve) => setTimeout(resolve, pauseMs).unref());
    }
  };
  void repeat(report);
  void repeat(feelPulse);
  if (guard !== null) void repeat(guardOnce);
  return {
    stop() {
      stopped = true;
    },
  };
}
