import type { ServerFact } from '../../domain/health/facts.js';
import { serversToCheck } from '../../domain/serving/route-health.js';
import { servedRoutes } from '../../domain/serving/served-route.js';
import type { Dependencies } from '../dependencies.js';

/** Dependencies for noticing servers. */
type Noticing = Pick<Dependencies, 'log' | 'now' | 'observations'>;

/**
 * Creates a function that records when an upstream server stopped or began to answer, once for all routes that use it. It takes the
 * servers that gave no good answer just now. One that was down before this worker began is recorded once. Throws `unavailable`.
 */
export function createServerNotice({
  log,
  now,
  observations,
}: Noticing): (bad: readonly ServerFact[]) => Promise<void> {
  const wasDown = new Map<string, boolean>();
  return async (bad) => {
    const problems = new Map(bad.map(({ dial, problem }) => [dial, problem]));
    const routes = servedRoutes((await log.view()).state);
    const dials = new Set(routes.flatMap((served) => serversToCheck(served).map(({ dial }) => dial)));
    for (const dial of wasDown.keys()) if (!dials.has(dial)) wasDown.delete(dial);
    for (const dial of dials) {
      const detail = problems.get(dial) ?? null;
      const isDown = detail !== null;
      const before =
        wasDown.get(dial) ?? (isDown && (await observations.last('server-down', dial))?.kind === 'server-down');
      const kind = isDown ? 'server-down' : 'server-up';
      if (before !== isDown) await observations.record({ at: now(), kind, subject: dial, detail });
      wasDown.set(dial, isDown);
    }
  };
}
