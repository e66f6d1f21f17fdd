import type { OperationRequest, Preview } from '../../workflows/contracts/plan.js';
import type { Dependencies } from '../dependencies.js';
import type { Authority } from '../trust/verify-request.js';
import { planOperation } from './plan-operation.js';
import { unpacked } from './sealed-plan.js';
import { surveyImpact } from './survey-impact.js';

/** Plans a dry run and looks at what the plan would touch. Writes nothing. */
export async function previewOperation(
  deps: Dependencies,
  authority: Authority,
  request: OperationRequest,
): Promise<Preview> {
  const planned = await planOperation(deps, authority, request);
  const plan = planned.kind === 'planned' || planned.kind === 'refused' ? planned.plan : undefined;
  return { planned, impact: plan ? await surveyImpact(deps, await unpacked(deps, plan)) : null };
}
