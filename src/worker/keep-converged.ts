import type { Logger } from 'pino';
import type { Converger } from '../activities/converger.js';

const EVERY_MS = 1_000;

/**
 * Converges at start-up and looks once a second: a Caddy that was away, or came back empty, gets its configuration again.
 * A look at a proxy that is current is one small GET. Answers a function that stops it.
 */
export function keepConverged(converger: Converger, logger: Logger): () => void {
  let lastProblem = '';
  let stopped = false;
  const report = (problem: string) => {
    if (problem !== lastProblem && problem !== '') logger.warn(problem);
    if (problem !== lastProblem && problem === '') logger.info('every proxy is converged');
    lastProblem = problem;
  };
  const loop = async () => {
    while (!stopped) {
      try {
        const behind = await converger.convergeHead();
        report(behind.length === 0 ? '' : `behind: ${behind.join(', ')}`);
      } catch (error) {
        report(error instanceof Error ? error.message : String(error));
      }
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  };
  void loop();
  return () => {
    stopped = true;
  };
}
