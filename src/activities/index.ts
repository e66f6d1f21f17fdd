// The activities: idempotent steps of the workflows, over ports. May import operations, domain, ports and workflows/contracts.
import { find } from '../domain/log/state.js';
import type { InspectionActivities } from '../workflows/contracts/inspection.js';
import type { OperationActivities, PreviewActivities } from '../workflows/contracts/operation.js';
import type { BypassActivities } from '../workflows/contracts/bypass.js';
import type { CanaryActivities } from '../workflows/contracts/canary.js';
import type { IdentityActivities } from '../workflows/contracts/identity.js';
import type { ReconcileActivities } from '../workflows/contracts/reconcile.js';
import { appendCommit } from './commit/append-commit.js';
import { applyIdentity } from './identity/apply-identity.js';
import { convergeIdentity, verifyIdentity } from './identity/converge-identity.js';
import type { Dependencies } from './dependencies.js';
import { claimSecrets } from './secrets/claim-secrets.js';
import { asApplicationFailures, heartbeating } from './failures.js';
import { inspectDrift } from './reconcile/inspect-drift.js';
import { inspectHealth } from './inspect/inspect-health.js';
import { inspectIdentity } from './inspect/inspect-identity.js';
import { unpacked } from './plan/sealed-plan.js';
import { lookAtCanary } from './overlays/look-at-canary.js';
import { createOutcomeRecorder } from './commit/record-outcome.js';
import { planOperation } from './plan/plan-operation.js';
import { previewOperation } from './plan/preview-operation.js';
import { surveyImpact } from './plan/survey-impact.js';
import { undoCommit } from './commit/undo-commit.js';
import { verifyProxies } from './proxies/verify-proxies.js';

/** Every activity that the worker serves. */
export type WorkerActivities = OperationActivities &
  PreviewActivities &
  IdentityActivities &
  BypassActivities &
  CanaryActivities &
  InspectionActivities &
  ReconcileActivities;

/** Creates every activity of the worker over its systems. */
export function createActivities(deps: Dependencies): WorkerActivities {
  return asApplicationFailures<WorkerActivities>({
    async planOperation(request) {
      const planned = await planOperation(deps, request);
      if (planned.kind === 'planned') deps.traffic.planned(request.id);
      return planned;
    },
    previewOperation: (request) => heartbeating(() => previewOperation(deps, request)),
    claimSecrets: (claims) => heartbeating(() => claimSecrets(deps, claims)),
    surveyImpact: async (plan) => surveyImpact(deps, await unpacked(deps, plan)),
    async appendCommit(request, workflowId, plan) {
      const committed = await appendCommit(deps, request, workflowId, await unpacked(deps, plan));
      if (committed.kind !== 'committed') deps.traffic.arrived(request.id);
      return committed;
    },
    convergeProxies(id, position) {
      deps.traffic.arrived(id);
      return heartbeating(() => deps.converger.converge(id, position));
    },
    verifyProxies: (plan, position, except = []) =>
      verifyProxies({ ...deps, proxies: deps.proxies.filter(({ name }) => !except.includes(name)) }, plan, position),
    undoCommit: (id, reason) => heartbeating(() => undoCommit(deps, id, reason)),
    convergeIdentity: (id, position, phases) =>
      heartbeating((signal) => convergeIdentity(deps, id, { position, phases }, signal)),
    verifyIdentity: (hosts) => heartbeating((signal) => verifyIdentity(deps, hosts, signal)),
    applyIdentity: (phase, since) => heartbeating((signal) => applyIdentity(deps, { phase, since }, signal)),
    async readBypass(domain) {
      const { state } = await deps.log.view();
      const bypass = find(state, 'Bypass', domain);
      return bypass ? { until: bypass.value.until, by: bypass.createdBy, reason: bypass.value.reason } : null;
    },
    lookAtCanary: (domain, now, memory) => lookAtCanary(deps, { domain, now, memory }),
    tendCanary: (domain, initiator) => deps.canaryWatch.tend(domain, initiator),
    inspectRoutes: (question) => heartbeating(() => inspectHealth(deps, question)),
    inspectIdentityProvider: () => heartbeating(() => inspectIdentity(deps)),
    inspectDrift: (request) => heartbeating(() => inspectDrift(deps, request)),
    // A workflow that began under an older worker names no proxies.
    repairProxies: (names = deps.proxies.map(({ name }) => name)) => heartbeating(() => deps.converger.repair(names)),
    repairIdentity: () =>
      heartbeating(async (signal) => {
        const { writes } = await deps.identityQueue.converge(['provide', 'withdraw'], signal, 'everything');
        return writes;
      }),
    recordOutcome: createOutcomeRecorder(deps),
  });
}
