import type { Logger } from 'pino';

const EVERY_MS = 15_000;

/** Advances the alerts every 15 s. A problem is logged once while it lasts. `stop` ends the loop. */
export function keepAlerting(look: () => Promise<boolean>, logger: Logger, everyMs = EVERY_MS): { stop(): void } {
  let lastProblem = '';
  let stopped = false;
  const loop = async () => {
    while (!stopped) {
      try {
        await look();
        lastProblem = '';
      } catch (error) {
        const problem = error instanceof Error ? error.message : String(error);
        if (problem !== lastProblem) logger.warn(`alerts: ${problem}`);
        lastProblem = problem;
      }
      await new Promise((resolve) => setTimeout(resolve, everyMs).unref());
    }
  };
  void loop();
  return {
    stop() {
      stopped = true;
    },
  };
}
