import { canaryMark, type Canary } from '../domain/canary.js';
import { courseOf, type Move, type Observation } from '../domain/canary-course.js';
import { memoryOf, type CanaryMemory } from '../domain/canary-memory.js';
import { durationMs } from '../domain/duration.js';
import type { Verdict } from '../domain/judge.js';
import { poolOf } from '../domain/pool.js';
import { find, type State } from '../domain/state.js';
import { latencyQuantile, summed, type CanaryTraffic, type SideTraffic } from '../domain/traffic.js';
import { Failure } from '../ports/failure.js';
import type { Proxy } from '../ports/proxy.js';
import type { CanaryLook, CanaryTurn, CanaryView, Figures, SideFigures } from '../workflows/canary-activities.js';
import type { Dependencies } from './dependencies.js';

/** Measures the canary of a domain, judges it, and says what to do next. Null when none runs. Writes nothing. */
export async function lookAtCanary(
  { log, proxies }: Pick<Dependencies, 'log' | 'proxies'>,
  domain: string,
  now: string,
  held: CanaryMemory | null,
): Promise<CanaryLook | null> {
  const { state } = await log.view();
  const canary = find(state, 'Canary', domain);
  const stableUpstream = find(state, 'Route', domain)?.value.upstream;
  if (!canary || stableUpstream === undefined) return null;
  const memory = memoryOf(canary.value, held);
  const observation = await observe(proxies, { state, canary: canary.value, stableUpstream }, now, memory);
  const { verdict, move, memory: next } = courseOf(observation, memory);
  const figures = observation.traffic && figuresOf(memory.windowSince, observation.traffic);
  return {
    view: viewOf(canary.value, stableUpstream, { figures, verdict, move }),
    turn: turnOf(canary.value, canary.revision, { verdict, move }),
    memory: next,
  };
}

interface Ground {
  readonly state: State;
  readonly canary: Canary;
  readonly stableUpstream: string;
}

async function observe(
  proxies: readonly Proxy[],
  { state, canary, stableUpstream }: Ground,
  now: string,
  memory: CanaryMemory,
): Promise<Observation> {
  const measured = await measure(proxies, canary, memory.windowSince);
  const before = memory.windowSince === canary.since ? measured : await measure(proxies, canary, canary.since);
  const [stable, side] = await Promise.all([
    anyDials(proxies, state, stableUpstream),
    anyDials(proxies, state, canary.upstream),
  ]);
  const traffic = typeof measured === 'string' ? null : measured;
  const stableBefore = typeof before === 'string' ? summed([]).stable : before.stable;
  const problem = typeof measured === 'string' ? measured : null;
  return { canary, now, traffic, problem, stableBefore, dials: { stable, canary: side } };
}

/** The traffic of all proxies together, or why it cannot be known. */
async function measure(proxies: readonly Proxy[], canary: Canary, since: string): Promise<CanaryTraffic | string> {
  const limit = canary.limits?.latencyP99 ?? null;
  const slowOverMs = limit === null ? null : durationMs(limit);
  try {
    const parts = proxies.map((proxy) => proxy.traffic(canaryMark(canary), Date.parse(since), slowOverMs));
    return summed(await Promise.all(parts));
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
}

async function anyDials(proxies: readonly Proxy[], state: State, ref: string): Promise<boolean> {
  const dials = poolOf(state, ref)?.servers.map(({ dial }) => dial) ?? [];
  const [proxy] = proxies;
  return proxy !== undefined && (await Promise.all(dials.map((dial) => proxy.dials(dial)))).includes(true);
}

interface Judged {
  readonly verdict: Verdict;
  readonly move: Move;
}

function viewOf(
  canary: Canary,
  stableUpstream: string,
  { figures, verdict, move }: Judged & { readonly figures: Figures | null },
): CanaryView {
  const next = move.kind === 'stay' ? { sentence: move.sentence, at: move.at } : { sentence: move.kind, at: null };
  return { canary, stableUpstream, figures, verdict, next };
}

/** What carries out a move, bound to the state of the canary that it was decided on. */
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
  const { requests, errors, slow } = side;
  return { requests, errors, slow, p50Ms: latencyQuantile(side, 0.5), p99Ms: latencyQuantile(side, 0.99) };
}
