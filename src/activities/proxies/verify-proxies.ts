import type { Position } from '../../domain/log/commit.js';
import { revisionServing } from '../../domain/serving/hosts.js';
import { Failure } from '../../ports/failure.js';
import type { Proxy } from '../../ports/proxy.js';
import type { Plan, Verified } from '../../workflows/contracts/plan.js';
import type { LogReader } from '../../ports/event-log.js';

/** Dependencies for verifying: the proxies, and the log to compare them with. */
export interface Verifying {
  readonly log: LogReader;
  readonly proxies: readonly Proxy[];
}

const DEADLINE_MS = 5_000;
const PAUSE_MS = 10;

/**
 * Checks that the commit is served: every reachable proxy answers each host by the right route of the log, and every
 * upstream that must answer does. Asks the data plane, not the configuration that was written. Waits up to 5 s.
 */
export async function verifyProxies(deps: Verifying, plan: Plan, position: Position): Promise<Verified> {
  for (const dial of plan.expect.upstreams) {
    if (!(await deps.proxies[0]?.dials(dial))) {
      return { kind: 'failed', message: `the new upstream ${dial} does not answer, and the old one did` };
    }
  }
  const messages = await Promise.all(
    deps.proxies.map((proxy) => verifyProxy(deps, proxy, plan.expect.hosts, position)),
  );
  const message = messages.find((text) => text !== null);
  return message === undefined || message === null ? { kind: 'verified' } : { kind: 'failed', message };
}

async function verifyProxy(
  deps: Verifying,
  proxy: Proxy,
  hosts: readonly string[],
  position: Position,
): Promise<string | null> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    try {
      const wrong = await mismatch(deps, proxy, hosts, position);
      if (wrong === null) return null;
      if (Date.now() > deadline) return `${proxy.name}: ${wrong}`;
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== 'unavailable') throw error;
      if (!(await isReachable(proxy))) return null;
      if (Date.now() > deadline)
        return `${proxy.name} accepted the configuration but does not serve it: ${error.message}`;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

async function mismatch(
  deps: Verifying,
  proxy: Proxy,
  hosts: readonly string[],
  position: Position,
): Promise<string | null> {
  const served = await proxy.served();
  if (!served || served.sequence < position.sequence) return `it does not serve commit ${position.sequence} yet`;
  // Others may commit meanwhile, but cannot change these hosts while this operation is open.
  const { state } = await deps.log.view();
  const wrong = await Promise.all(
    hosts.map(async (host) => {
      const probe = host.replace(/^\*/, 'hecate-probe');
      const expected = revisionServing(state, probe) ?? 'none';
      const actual = await proxy.answeredBy(probe, served.hash);
      const differs = `it answers ${host} by ${named(actual)}, but the log has ${named(expected)}`;
      return actual === expected ? null : differs;
    }),
  );
  return wrong.find((message) => message !== null) ?? null;
}

function named(revision: number | 'none' | null): string {
  if (revision === null) return 'another configuration';
  return revision === 'none' ? 'no route' : `a route of commit ${revision}`;
}

async function isReachable(proxy: Proxy): Promise<boolean> {
  return proxy.current().then(
    () => true,
    () => false,
  );
}
