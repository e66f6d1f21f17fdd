import type { ServerFact } from '../../domain/health/facts.js';
import { serversToCheck } from '../../domain/serving/route-health.js';
import { servedRoutes } from '../../domain/serving/served-route.js';
import type { Dependencies } from '../dependencies.js';

/** Dependencies for noticing servers. */
type Noticing = Pick<Dependencies, 'log' | 'now' | 'observations'>;

/**
 * Creates a function that records when an upstream server stopped or began to answer, once for all routes that use it. It takes the
 * servers that gave no good answer just now. A server that is good for one of its routes is not down: another may ask it in a wrong
 * way, for example without TLS. One that was down before this worker began is recorded once. Throws `unavailable`.
 */
export function createServerNotice({
  log,
  now,
  observations,
}: Noticing): (bad: readonly ServerFact[]) => Promise<void> {
  const wasDown = new Map<string, boolean>();
  return async (bad) => {
    const problems = new Map(bad.map(({ dial, problem }) => [dial, problem]));
    const checks = servedRoutes((await log.view()).state).flatMap(serversToCheck);
    const [asked, failed] = [countByDial(checks), countByDial(bad)];
    for (const dial of wasDown.keys()) if (!asked.has(dial)) wasDown.delete(dial);
    for (const [dial, count] of asked) {
      const detail = (failed.get(dial) ?? 0) < count ? null : (problems.get(dial) ?? null);
      const isDown = detail !== null;
      const before =
        wasDown.get(dial) ?? (isDown && (await observations.last('server-down', dial))?.kind === 'server-down');
      const kind = isDown ? 'server-down' : 'server-up';
      if (before !== isDown) await observations.record({ at: now(), kind, subject: dial, detail });
      wasDown.set(dial, isDown);
    }
  };
}

function countByDial(items: readonly { readonly dial: string }[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { dial } of items) counts.set(dial, (counts.get(dial) ?? 0) + 1);
  return counts;
}
