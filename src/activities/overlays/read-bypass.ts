import { find } from '../../domain/log/state.js';
import type { BypassView } from '../../workflows/contracts/bypass.js';
import { operationWorkflowId } from '../../workflows/contracts/operation.js';
import type { OperationRequest } from '../../workflows/contracts/plan.js';
import type { Dependencies } from '../dependencies.js';
import { sealedRequest, type Sealing } from '../trust/sealed-request.js';

/** Dependencies for the request that ends a bypass. */
type Ending = Sealing & Pick<Dependencies, 'newId'>;

/** The domain of a bypass, and the prefix of its workflow, which starts what ends it. */
interface BypassQuestion {
  readonly domain: string;
  readonly prefix: string;
}

/**
 * Returns the bypass of a domain; null when none is in force. When it is over by the worker's clock, the view has the sealed
 * request that takes it out of the log. Writes nothing.
 */
export async function readBypass(deps: Ending, { domain, prefix }: BypassQuestion): Promise<BypassView | null> {
  const { state } = await deps.log.view();
  const bypass = find(state, 'Bypass', domain);
  if (bypass === undefined) return null;
  const { until, reason } = bypass.value;
  const isOver = Date.parse(until) <= Date.parse(deps.now());
  return {
    until,
    by: bypass.createdBy,
    reason,
    ending: isOver ? await endingOf(deps, { domain, prefix }, until) : null,
  };
}

function endingOf(deps: Ending, { domain, prefix }: BypassQuestion, until: string): Promise<OperationRequest> {
  const request: OperationRequest = {
    id: deps.newId(),
    operation: 'route.bypass',
    subject: domain,
    input: { domain, authBypass: 'off', endingAt: until },
    actor: 'hecate',
    reason: `the bypass ended at ${until}`,
  };
  return sealedRequest(deps, { purpose: 'operation', workflowId: operationWorkflowId(prefix, request), request });
}
