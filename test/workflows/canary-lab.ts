import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, type WorkflowBundle } from '@temporalio/worker';
import { lookAtCanary } from '../../src/activities/overlays/look-at-canary.js';
import { createMemoryProxy } from '../../src/adapters/memory/proxy.js';
import { canaryMark, type Canary } from '../../src/domain/resources/canary.js';
import type { CanaryMemory } from '../../src/domain/canary/memory.js';
import { changeOf, type Change } from '../../src/domain/log/commit.js';
import { emptyState, find, fold, type State } from '../../src/domain/log/state.js';
import type { Side } from '../../src/domain/canary/traffic.js';
import { operationOf } from '../../src/operations/catalogue.js';
import type { EventLog } from '../../src/ports/event-log.js';
import type { OperationRequest, Plan, Planned } from '../../src/workflows/contracts/plan.js';
import { context, quiet } from '../builders/answers.js';
import { seeded } from '../builders/canary.js';
import { trustInMemory } from '../builders/trust.js';
import { entries, route, routeChange } from '../builders/log.js';

/** What the sides do to their requests. */
export interface Behaviour {
  readonly perSecond: number;
  readonly errorRate: Readonly<Record<Side, number>>;
}

/** An operation that the canary's workflow had carried out, and when. */
export interface Done {
  readonly request: OperationRequest;
  readonly seconds: number;
}

/** A canary over a log and a proxy in memory, with visitors; the rules are the real ones. */
export async function startCanaryLab(env: TestWorkflowEnvironment, canary: Omit<Canary, 'since' | 'stepSince'>) {
  const began = await env.currentTimeMs();
  const since = new Date(began).toISOString();
  const begun: Canary = { ...canary, since, stepSince: since };
  const commits: Record<string, readonly Change[]> = {
    route: [routeChange(null, route(canary.domain))],
    canary: [changeOf('Canary', canary.domain, null, begun)],
  };
  const state = (): State => fold(emptyState, entries(commits));
  const log = { view: async () => ({ logId: 'log', state: state() }) } as unknown as EventLog;
  const proxy = createMemoryProxy();
  const trust = trustInMemory();
  const behaviour: { now: Behaviour } = { now: { perSecond: 20, errorRate: { stable: 0, canary: 0 } } };
  const done: Done[] = [];
  const looks: string[] = [];
  const memories: (CanaryMemory | null)[] = [];
  const gate: { asked: () => void; opened: Promise<void> } = { asked: () => undefined, opened: Promise.resolve() };
  const visitors = createVisitors(begun, seeded(7));

  const activities = {
    async lookAtCanary(domain: string, now: string, memory: CanaryMemory | null) {
      looks.push(now);
      memories.push(memory);
      const { percentage } = find(state(), 'Canary', domain)?.value ?? { percentage: 0 };
      for (const visit of visitors(Date.parse(now), percentage, behaviour.now)) proxy.answered(visit);
      return lookAtCanary({ log, proxies: [proxy], now: () => now, ...trust }, { domain, prefix: '', now, memory });
    },
    async planOperation(request: OperationRequest): Promise<Planned> {
      gate.asked();
      await gate.opened;
      const nowMs = await env.currentTimeMs();
      const operation = operationOf(request.operation);
      const input = operation?.input.parse(request.input) ?? {};
      const decided = operation?.decide(state(), input, quiet, { ...context, now: new Date(nowMs).toISOString() });
      if (decided?.kind !== 'change') return { kind: 'refused', refusal: decided!.refusal };
      if (decided.changes.length === 0) return { kind: 'unchanged', warnings: [] };
      done.push({ request, seconds: Math.round((nowMs - began) / 1000) });
      return { kind: 'planned', plan: { ...decided, id: request.id, reads: [], hash: 'h' } };
    },
    async appendCommit({ id }: OperationRequest, _workflowId: string, { changes }: Plan) {
      commits[id] = changes;
      return { kind: 'committed', position: { sequence: 1, hash: 'x' } };
    },
    convergeProxies: async () => ({ kind: 'live', behind: [] }),
    verifyProxies: async () => ({ kind: 'verified' }),
    recordOutcome: async () => undefined,
  };
  return {
    behaviour,
    proxy,
    done,
    looks,
    /** What the workflow handed to each look. */
    memories,
    commits,
    /** Holds the next plan up until `go`; `asked` ends when it is asked for. */
    decideLater() {
      let go: () => void = () => undefined;
      gate.opened = new Promise<void>((resolve) => (go = resolve));
      const asked = new Promise<void>((resolve) => (gate.asked = resolve));
      return { asked, go };
    },
    /** Of the canary in the log; null: it has ended. */
    canary: () => find(state(), 'Canary', canary.domain)?.value ?? null,
    upstream: () => find(state(), 'Route', canary.domain)?.value.upstream,
    worker: (taskQueue: string, workflowBundle: WorkflowBundle) =>
      Worker.create({
        connection: env.nativeConnection,
        taskQueue,
        workflowBundle,
        activities,
        stickyQueueScheduleToStartTimeout: '1s',
      }),
  };
}

/** Fresh visitors since the last call, drawn by the percentage. */
function createVisitors(canary: Canary, random: () => number) {
  const mark = canaryMark(canary);
  let seenMs = Date.parse(canary.since);
  return function* visit(untilMs: number, percentage: number, { perSecond, errorRate }: Behaviour) {
    for (; seenMs < untilMs; seenMs += 1000 / perSecond) {
      const side: Side = random() * 100 < percentage ? 'canary' : 'stable';
      yield { mark, side, status: random() < errorRate[side] ? 502 : 200, latencyMs: 10, beganMs: seenMs };
    }
  };
}
