import type { Logger } from 'pino';

const EVERY_MS = 30_000;

/**
 * Looks every 30 s for what a person should know, such as an overdue backup, and logs each warning once while it holds. `warnings`
 * returns those of the last look. `stop` ends the loop.
 */
export function keepWatching(
  look: () => Promise<readonly string[]>,
  logger: Logger,
): { readonly warnings: () => readonly string[]; stop(): void } {
  let known: readonly string[] = [];
  let lastProblem = '';
  let stopped = false;
  const watch = async () => {
    try {
      const now = await look();
      for (const one of now) if (!known.includes(one)) logger.warn(one);
      if (known.length > 0 && now.length === 0) logger.info('no warnings are left');
      known = now;
      lastProblem = '';
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      if (problem !== lastProblem) logger.warn(`backups: ${problem}`);
      lastProblem = problem;
    }
  };
  const loop = async () => {
    while (!stopped) {
      await watch();
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS).unref());
    }
  };
  void loop();
  return {
    warnings: () => known,
    stop() {
      stopped = true;
    },
  };
}
