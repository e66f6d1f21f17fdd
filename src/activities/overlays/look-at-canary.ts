import { canaryMark, type Canary } from '../../domain/resources/canary.js';
import { analyse, type NextAction, type Observation } from '../../domain/canary/analysis.js';
import { memoryOf, type CanaryMemory } from '../../domain/canary/memory.js';
import { durationMs } from '../../domain/values/duration.js';
import type { Verdict } from '../../domain/canary/verdict.js';
import { servedRoute, type ServedRoute } from '../../domain/serving/served-route.js';
import { checksOf, rankOf, type ServerRole } from '../../domain/serving/upstream-check.js';
import { find } from '../../domain/log/state.js';
import { noTraffic, summed, type CanaryTraffic, type SideTraffic } from '../../domain/canary/traffic.js';
import { quantile } from '../../domain/traffic/histogram.js';
import { Failure } from '../../ports/failure.js';
import type { Proxy } from '../../ports/proxy.js';
import type { CanaryLook, CanaryTurn, CanaryView, Figures, SideFigures } from '../../workflows/contracts/canary.js';
import { answersOf } from '../plan/ask-upstreams.js';
import { operationWorkflowId } from '../../workflows/contracts/operation.js';
import type { Dependencies } from '../dependencies.js';
import { sealedRequest, type Sealing } from '../trust/sealed-request.js';

/** Dependencies for the request of the next action. */
type Proposing = Sealing & Pick<Dependencies, 'newId'>;

/** The canary to look at, the time, and the memory of the last look. */
export interface LookRequest {
  readonly domain: string;
  /** Prefix of the canary's workflow, which starts what is decided. */
  readonly prefix: string;
  /** ISO 8601 UTC. */
  readonly now: string;
  readonly memory: CanaryMemory | null;
}

/** Measures and analyses the canary of a domain and returns the next action; null when none runs. Writes nothing. */
export async function lookAtCanary(
  deps: Pick<Dependencies, 'log' | 'proxies'> & Proposing,
  { domain, prefix, now, memory: held }: LookRequest,
): Promise<CanaryLook | null> {
  const { log, proxies } = deps;
  const { state } = await log.view();
  const found = find(state, 'Canary', domain);
  const stableUpstream = find(state, 'Route', domain)?.value.upstream ?? null;
  if (!found || stableUpstream === null) return null;
  const canary = found.value;
  const memory = memoryOf(canary, held);
  const [measured, before, answers] = await Promise.all([
    measure(proxies, canary, memory.windowSince),
    measure(proxies, canary, canary.since),
    sidesAnswering(proxies, servedRoute(state, domain)),
  ]);
  const observation = { canary, now, ...observed(measured, before), answers };
  const { verdict, move, memory: next } = analyse(observation, memory);
  const figures = observation.traffic && figuresOf(memory.windowSince, observation.traffic);
  return {
    view: { ...viewOf(canary, stableUpstream, { figures, verdict, move }), by: found.createdBy },
    turn: await withRequest(deps, { domain, prefix }, turnOf(canary, found.revision, { verdict, move })),
    memory: next,
  };
}

/** `measured`: traffic of the analysed window; `before`: traffic since the canary's start. Texts say why traffic is unknown. */
function observed(
  measured: CanaryTraffic | string,
  before: CanaryTraffic | string,
): Pick<Observation, 'traffic' | 'problem' | 'stableBefore'> {
  const stableBefore = typeof before === 'string' ? noTraffic.stable : before.stable;
  if (typeof measured === 'string') return { traffic: null, problem: measured, stableBefore };
  return { traffic: measured, problem: null, stableBefore };
}

/** Returns the traffic of all proxies together, or why it is unknown. */
async function measure(proxies: readonly Proxy[], canary: Canary, since: string): Promise<CanaryTraffic | string> {
  const limit = canary.limits?.maxLatencyP99 ?? null;
  const slowOverMs = limit === null ? null : durationMs(limit);
  try {
    const parts = proxies.map((proxy) => proxy.traffic(canaryMark(canary), Date.parse(since), slowOverMs));
    return summed(await Promise.all(parts));
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
}

/** Returns whether one server of each side answers as Caddy needs it; null: only the proxy can tell. */
async function sidesAnswering(
  proxies: readonly Proxy[],
  served: ServedRoute | null,
): Promise<{ readonly stable: boolean | null; readonly canary: boolean | null }> {
  const servers = served === null ? [] : checksOf(served);
  const answerTo = await answersOf(proxies, servers);
  const of = (role: ServerRole) => {
    const ranks = servers.filter((one) => one.role === role).map((one) => rankOf(one, answerTo));
    if (ranks.some((rank) => rank !== null && rank > 0)) return true;
    return ranks.includes(null) ? null : false;
  };
  return { stable: of('upstream'), canary: of('canary') };
}

interface Judged {
  readonly verdict: Verdict;
  readonly move: NextAction;
}

function viewOf(
  canary: Canary,
  stableUpstream: string,
  { figures, verdict, move }: Judged & { readonly figures: Figures | null },
): CanaryView {
  const next = move.kind === 'stay' ? { sentence: move.sentence, at: move.at } : { sentence: move.kind, at: null };
  return { canary, stableUpstream, figures, verdict, next };
}

/** Adds the sealed request of an action, so that the workflow can only carry out what was decided here. */
async function withRequest(
  deps: Proposing,
  { domain, prefix }: Pick<LookRequest, 'domain' | 'prefix'>,
  turn: CanaryTurn,
): Promise<CanaryTurn> {
  if (turn.kind === 'wait') return turn;
  const { operation, input, reason } = turn;
  const request = { id: deps.newId(), operation, subject: domain, input, actor: 'hecate', reason };
  const workflowId = operationWorkflowId(prefix, request);
  return { ...turn, request: await sealedRequest(deps, { purpose: 'operation', workflowId, request }) };
}

/** Returns the operation for an action. `decidedAt` binds it to the revision of the canary that was analysed. */
function turnOf({ domain, percentage }: Canary, decidedAt: number, { verdict, move }: Judged): CanaryTurn {
  const { sentence } = verdict;
  switch (move.kind) {
    case 'stay':
      return { kind: 'wait', ms: move.againMs };
    case 'advance': {
      const input = { domain, canaryPercentage: move.percentage, decidedAt };
      const reason = `from ${percentage}% to ${move.percentage}%: ${sentence}`;
      return { kind: 'operate', operation: 'route.canary.percentage', input, reason };
    }
    case 'promote': {
      const input = { domain, promoteCanary: true, force: false, decidedAt };
      return { kind: 'operate', operation: 'route.canary.promote', input, reason: `its last step ended: ${sentence}` };
    }
    case 'rollback': {
      const input = { domain, rollbackCanary: true, decidedAt };
      return {
        kind: 'operate',
        operation: 'route.canary.rollback',
        input,
        reason: `rolled back at ${percentage}%: ${sentence}`,
      };
    }
  }
}

function figuresOf(since: string, { stable, canary }: CanaryTraffic): Figures {
  return { since, stable: sideFigures(stable), canary: sideFigures(canary) };
}

function sideFigures(side: SideTraffic): SideFigures {
  const { requests, errors, slow, latency } = side;
  return { requests, errors, slow, p50Ms: quantile(latency, 0.5), p99Ms: quantile(latency, 0.99) };
}
