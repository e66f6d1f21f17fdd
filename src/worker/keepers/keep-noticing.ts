import type { Logger } from 'pino';
import { createStartNotice, type RunningComponent } from '../../activities/notice/notice-starts.js';
import type { Observations } from '../../ports/observations.js';
import { runningChildren } from '../../stack/processes/recorded-processes.js';
import { startedMs } from '../../stack/processes/process-identity.js';
import type { HomeLayout } from '../../stack/home-layout.js';

const EVERY_MS = 10_000;

/** Records every 10 s what happened beside the log: starts of components, this worker's own included. `stop` ends the loop. */
export function keepNoticing(
  { observations, layout }: { readonly observations: Observations; readonly layout: HomeLayout },
  logger: Logger,
): { stop(): void } {
  const noticeStarts = createStartNotice(observations);
  const own = { name: 'worker', startedMs: Date.now() - process.uptime() * 1_000 };
  let lastProblem = '';
  let stopped = false;
  const loop = async () => {
    while (!stopped) {
      const problem = await noticeStarts([own, ...othersOf(layout)]).then(
        () => '',
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
      if (problem !== '' && problem !== lastProblem) logger.warn(`observations: ${problem}`);
      lastProblem = problem;
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS).unref());
    }
  };
  void loop();
  return {
    stop() {
      stopped = true;
    },
  };
}

/** The components of this machine's embedded stack but the worker; none where all of them are external. */
function othersOf(layout: HomeLayout): RunningComponent[] {
  return runningChildren(layout).flatMap((one) => {
    const ms = one.name === 'worker' ? null : startedMs(one);
    return ms === null ? [] : [{ name: one.name, startedMs: ms }];
  });
}
