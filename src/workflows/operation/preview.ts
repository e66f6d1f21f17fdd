import type { OperationRequest, Preview } from '../contracts/plan.js';
import { planOperation, surveyImpact } from './proxies.js';

/** Plans a dry run and looks at what the plan would touch. For servers without standalone activities. Writes nothing. */
export async function preview(request: OperationRequest): Promise<Preview> {
  const planned = await planOperation(request);
  const plan = planned.kind === 'planned' || planned.kind === 'refused' ? planned.plan : undefined;
  return { planned, impact: plan ? await surveyImpact(plan, request) : null };
}
