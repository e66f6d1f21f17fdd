import type { Logger } from 'pino';
import { requiresSignIn } from '../domain/identity/access.js';
import { all } from '../domain/log/state.js';
import type { IdentityExtent, IdentityQueue } from '../ports/workflows.js';
import { reviveCanaries, type Reviving } from '../activities/overlays/revive-canaries.js';
import { settleAllAbandoned, type Settling } from '../activities/commit/settle-abandoned.js';
import type { Converger } from '../activities/proxies/converger.js';
import { tendOverdue, type Tending } from '../activities/overlays/tend-overdue.js';

const EVERY_MS = 1_000;
const TENDED_EVERY_MS = 30_000;
const LOOKED_AT_EVERY_MS = 300_000;
const ASKED_FOR_MS = 60_000;
const CANARIES_EVERY_MS = 10_000;

/**
 * Converges at start-up and looks once a second: a Caddy that was away, or came back empty, gets its configuration again,
 * commits whose workflow is gone are settled, bypasses whose workflow is gone are ended, and canaries tended that nobody
 * tends. What others changed in the identity provider is put right every five minutes.
 * A look at a proxy that is current is one small GET. Answers when it has looked for the first time, with a function that
 * stops it.
 */
export function keepConverged(
  deps: Settling & Tending & Reviving & { readonly converger: Converger; readonly identityQueue: IdentityQueue | null },
  logger: Logger,
): { readonly looked: Promise<void>; stop(): void } {
  let lastProblem = '';
  let stopped = false;
  const report = (problem: string) => {
    if (problem !== lastProblem && problem !== '') logger.warn(problem);
    if (problem !== lastProblem && problem === '') logger.info('every proxy is converged');
    lastProblem = problem;
  };
  const isTendingDue = due(TENDED_EVERY_MS);
  const isCanaryLookDue = due(CANARIES_EVERY_MS);
  const isLookDue = due(LOOKED_AT_EVERY_MS);
  // What has to be done there goes on by itself in the identity workflow; it is only told to look.
  const askIdentity = (extent: IdentityExtent) => {
    if (!deps.identityQueue) return;
    const call = deps.identityQueue.converge(['provide', 'withdraw'], AbortSignal.timeout(ASKED_FOR_MS), extent);
    call.catch((error: unknown) => logger.warn(`authentik: ${error instanceof Error ? error.message : String(error)}`));
  };
  let hasLooked: () => void = () => undefined;
  const looked = new Promise<void>((resolve) => (hasLooked = resolve));
  const loop = async () => {
    while (!stopped) {
      try {
        const behind = await deps.converger.convergeHead();
        const settled = await settleAllAbandoned(deps);
        // Others change things there, and what was settled may have left something although nothing requires sign-in any more.
        if (isLookDue() && (await asksForSignIn(deps.log))) askIdentity('everything');
        else if (settled > 0) askIdentity('changes');
        if (isTendingDue()) await tendOverdue(deps);
        if (isCanaryLookDue()) {
          for (const domain of await reviveCanaries(deps)) logger.warn(`nobody tended the canary of ${domain}`);
        }
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

/** True at the first call, and at the next one after this time. */
function due(everyMs: number): () => boolean {
  let last = -Infinity;
  return () => {
    if (performance.now() - last < everyMs) return false;
    last = performance.now();
    return true;
  };
}
