import type { Logger } from 'pino';
import { createRequestCounting, type CountingSystems } from '../../activities/traffic/count-requests.js';
import { summedLevels, sumFigures } from '../../activities/traffic/sum-figures.js';
import { slotStart } from '../../domain/traffic/figures.js';
import type { AccessLog } from '../../ports/access-log.js';

const EVERY_MS = 1_000;
/** Time after the end of a minute or hour at which it is summed: its last slot of 10 seconds is stored by then. */
const SUMMED_AFTER_MS = 15_000;

/** What is counted, and how. */
export interface Counting extends Omit<CountingSystems, 'accessLog'> {
  readonly accessLogs: readonly AccessLog[];
}

/** Counts the requests of each proxy's access log every second, and sums the figures of each minute and hour. `stop` ends it. */
export function keepCounting(counting: Counting, logger: Logger): { stop(): void } {
  const { accessLogs, figures, nowMs } = counting;
  let stopped = false;
  const loop = async (accessLog: AccessLog) => {
    const { proxy } = accessLog;
    const count = createRequestCounting({ ...counting, accessLog });
    const summed = { '1m': 0, '1h': 0 };
    let lastProblem = '';
    while (!stopped) {
      const problem = await problemOf(async () => {
        await count();
        for (const level of summedLevels) {
          const slot = slotStart(level, nowMs() - SUMMED_AFTER_MS);
          if (slot === summed[level]) continue;
          await sumFigures(figures, proxy, level, nowMs());
          summed[level] = slot;
        }
      });
      if (stopped) return;
      if (problem !== lastProblem && problem !== '') logger.warn(`traffic figures of ${proxy}: ${problem}`);
      if (problem !== lastProblem && problem === '') logger.info(`the requests of ${proxy} are counted again`);
      lastProblem = problem;
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS).unref());
    }
  };
  for (const accessLog of accessLogs) void loop(accessLog);
  return {
    stop() {
      stopped = true;
    },
  };
}

/** Returns why the work failed; empty: it did not. */
async function problemOf(work: () => Promise<void>): Promise<string> {
  return work().then(
    () => '',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}
