// The activities: thin, idempotent, over ports. May import operations, domain, ports and the interface in workflows.
import type { OperationActivities } from '../workflows/activities.js';
import { appendCommit } from './append-commit.js';
import type { Dependencies } from './dependencies.js';
import { asApplicationFailures, heartbeating } from './failures.js';
import { planOperation } from './plan-operation.js';
import { surveyImpact } from './survey-impact.js';
import { undoCommit } from './undo-commit.js';
import { verifyProxies } from './verify-proxies.js';

/** Every activity of the worker, bound to its systems. */
export function createActivities(deps: Dependencies): OperationActivities {
  return asApplicationFailures<OperationActivities>({
    async planOperation(request) {
      const planned = await planOperation(deps, request);
      if (planned.kind === 'planned') deps.traffic.planned(request.id);
      return planned;
    },
    surveyImpact: (plan) => surveyImpact(deps, plan),
    async appendCommit(request, workflowId, plan) {
      const committed = await appendCommit(deps, request, workflowId, plan);
      if (committed.kind !== 'committed') deps.traffic.arrived(request.id);
      return committed;
    },
    convergeProxies(id, position) {
      deps.traffic.arrived(id);
      return heartbeating(() => deps.converger.converge(id, position));
    },
    verifyProxies: (plan, position) => verifyProxies(deps, plan, position),
    undoCommit: (id, reason) => heartbeating(() => undoCommit(deps, id, reason)),
    recordOutcome: (id, result, detail, behind) => deps.log.record({ id, at: deps.now(), result, detail, behind }),
  });
}
