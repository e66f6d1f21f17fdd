import type { Logger } from 'pino';
import { requiresSignIn } from '../domain/access.js';
import { all } from '../domain/state.js';
import type { IdentityQueue } from '../ports/identity-queue.js';
import { settleAllAbandoned, type Settling } from '../activities/settle-abandoned.js';

const EVERY_MS = 1_000;
const ASKED_FOR_MS = 60_000;

/**
 * Converges at start-up and looks once a second: a Caddy that was away, or came back empty, gets its configuration again,
 * and commits whose workflow is gone are settled.
 * A look at a proxy that is current is one small GET. Answers when it has looked for the first time, with a function that
 * stops it.
 */
export function keepConverged(
  deps: Settling & { readonly identityQueue: IdentityQueue | null },
  logger: Logger,
): { readonly looked: Promise<void>; stop(): void } {
  let lastProblem = '';
  let stopped = false;
  const report = (problem: string) => {
    if (problem !== lastProblem && problem !== '') logger.warn(problem);
    if (problem !== lastProblem && problem === '') logger.info('every proxy is converged');
    lastProblem = problem;
  };
  let asked = false;
  // What has to be done there goes on by itself in the identity workflow; it is only told to look.
  const askIdentity = async () => {
    const { state } = await deps.log.view();
    asked = true;
    const needed =
      all(state, 'AuthPolicy').length > 0 || all(state, 'Route').some((held) => requiresSignIn(held.value));
    if (!needed || !deps.identityQueue) return;
    const call = deps.identityQueue.converge(['provide', 'withdraw'], 0, AbortSignal.timeout(ASKED_FOR_MS));
    call.catch((error: unknown) => logger.warn(`authentik: ${error instanceof Error ? error.message : String(error)}`));
  };
  let hasLooked: () => void = () => undefined;
  const looked = new Promise<void>((resolve) => (hasLooked = resolve));
  const loop = async () => {
    while (!stopped) {
      try {
        const behind = await deps.converger.convergeHead();
        const settled = await settleAllAbandoned(deps);
        if (settled > 0 || !asked) await askIdentity();
        report(behind.length === 0 ? '' : `behind: ${behind.join(', ')}`);
      } catch (error) {
        report(error instanceof Error ? error.message : String(error));
      }
      hasLooked();
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  };
  void loop();
  return {
    looked,
    stop() {
      stopped = true;
    },
  };
}
