import type { Position } from '../../domain/log/commit.js';
import { revisionServing } from '../../domain/serving/hosts.js';
import { VISIT_TIMEOUT_MS } from '../../domain/serving/upstream-check.js';
import { Failure } from '../../ports/failure.js';
import type { Proxy } from '../../ports/proxy.js';
import type { Plan, Verified } from '../../workflows/contracts/plan.js';
import { proxiedHosts, visitorResult } from './visit-hosts.js';
import type { LogReader } from '../../ports/event-log.js';

/** Dependencies for verifying: the proxies, and the log to compare them with. */
export interface Verifying {
  readonly log: LogReader;
  readonly proxies: readonly Proxy[];
}

const DEADLINE_MS = 5_000;
const PAUSE_MS = 10;
/** Longest wait for one answer. Longer than the plan waits for a server, so that a slow one that passed there passes here. */
const VISIT_MS = VISIT_TIMEOUT_MS + 1_000;
/** Time in which a visitor who gets an error is asked again. */
const VISIT_AGAIN_MS = 2_000;
const VISIT_PAUSE_MS = 100;

/**
 * Checks that the commit is served: every reachable proxy answers each host by the right route of the log, and every
 * visitor who got an answer before gets one now. Asks the data plane, not the configuration that was written. Waits up to
 * 5 s for the configuration and 6 s for each answer.
 */
export async function verifyProxies(deps: Verifying, plan: Plan, position: Position): Promise<Verified> {
  const messages = await Promise.all(
    deps.proxies.map((proxy) => verifyProxy(deps, proxy, plan.expect.hosts, position)),
  );
  const message = messages.find((text) => text !== null);
  return message === undefined || message === null ? verifyVisits(deps, plan) : { kind: 'failed', message };
}

/** Asks as a visitor: what answered before must answer now; an error of another host is a warning. */
async function verifyVisits({ log, proxies }: Verifying, { expect, warnings }: Plan): Promise<Verified> {
  const { state, logId } = await log.view();
  const { answering = [] } = expect;
  const isUnsaid = (host: string) => !warnings.some((text) => text.includes(host));
  const results = proxies.flatMap((proxy) =>
    proxiedHosts(state, expect.hosts).map(async (host) => {
      const mustAnswer = answering.some((one) => one.proxy === proxy.name && one.host === host);
      const deadline = mustAnswer ? Date.now() + VISIT_AGAIN_MS : 0;
      const reason = isUnsaid(host) || mustAnswer ? await errorOf(proxy, host, { logId, deadline }) : null;
      return { proxy, host, mustAnswer, reason };
    }),
  );
  const failed = (await Promise.all(results)).filter(({ reason }) => reason !== null);
  const lost = failed.find(({ mustAnswer }) => mustAnswer);
  if (lost) {
    const { proxy, host, reason } = lost;
    const message = `visitors of ${host} got an answer before, and get none now: ${proxy.name} gives ${reason}`;
    return { kind: 'failed', message };
  }
  const texts = failed.map(
    ({ proxy, host, reason }) => `visitors of ${host} get no answer now: ${proxy.name} gives ${reason}`,
  );
  return texts.length === 0 ? { kind: 'verified' } : { kind: 'verified', warnings: texts };
}

/** Returns the error that visitors of a host get until the deadline; null: they get an answer, or it cannot be judged. */
async function errorOf(
  proxy: Proxy,
  host: string,
  { logId, deadline }: { readonly logId: string; readonly deadline: number },
): Promise<string | null> {
  for (;;) {
    const result = await visitorResult(proxy, host, { logId, timeoutMs: VISIT_MS });
    if (result.kind !== 'failed') return null;
    if (Date.now() >= deadline) return result.reason;
    await new Promise((resolve) => setTimeout(resolve, VISIT_PAUSE_MS));
  }
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
