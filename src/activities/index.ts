// The activities: thin, idempotent, over ports. May import operations, domain, ports and the interface in workflows.
import type { OperationActivities } from '../workflows/activities.js';
import { appendCommit } from './append-commit.js';
import type { Dependencies } from './dependencies.js';
import { asApplicationFailures, heartbeating } from './failures.js';
import { planOperation } from './plan-operation.js';
import { undoCommit } from './undo-commit.js';
import { verifyProxies } from './verify-proxies.js';

/** Every activity of the worker, bound to its systems. */
export function createActivities(deps: Dependencies): OperationActivities {
  return asApplicationFailures<OperationActivities>({
    planOperation: (request) => planOperation(deps, request),
    appendCommit: (request, workflowId, plan) => appendCommit(deps, request, workflowId, plan),
    convergeProxies: (id, position) => heartbeating(() => deps.converger.converge(id, position)),
    verifyProxies: (plan) => verifyProxies(deps, plan),
    undoCommit: (id, reason) => heartbeating(() => undoCommit(deps, id, reason)),
    recordOutcome: (id, result, detail, behind) => deps.log.record({ id, at: deps.now(), result, detail, behind }),
  });
}
