import type { Logger } from 'pino';
import { settleAllAbandoned, type Settling } from '../activities/settle-abandoned.js';

const EVERY_MS = 1_000;

/**
 * Converges at start-up and looks once a second: a Caddy that was away, or came back empty, gets its configuration again,
 * and commits whose workflow is gone are settled.
 * A look at a proxy that is current is one small GET. Answers a function that stops it.
 */
export function keepConverged(deps: Settling, logger: Logger): () => void {
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
        const behind = await deps.converger.convergeHead();
        await settleAllAbandoned(deps);
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
