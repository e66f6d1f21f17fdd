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
  let isFirst = true;
  // What has to be done there goes on by itself in the identity workflow; it is only told to look.
  const askIdentity = () => {
    if (!deps.identityQueue) return;
    const call = deps.identityQueue.converge(['provide', 'withdraw'], AbortSignal.timeout(ASKED_FOR_MS));
    call.catch((error: unknown) => logger.warn(`authentik: ${error instanceof Error ? error.message : String(error)}`));
  };
  let hasLooked: () => void = () => undefined;
  const looked = new Promise<void>((resolve) => (hasLooked = resolve));
  const loop = async () => {
    while (!stopped) {
      try {
        const behind = await deps.converger.convergeHead();
        const settled = await settleAllAbandoned(deps);
        // What was settled may have left something there although nothing requires sign-in any more.
        if (settled > 0 || (isFirst && (await asksForSignIn(deps.log)))) askIdentity();
        isFirst = false;
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

async function asksForSignIn(log: Settling['log']): Promise<boolean> {
  const { state } = await log.view();
  return all(state, 'AuthPolicy').length > 0 || all(state, 'Route').some((held) => requiresSignIn(held.value));
}
