import type { OperationRequest, Preview } from '../contracts/plan.js';
import { planOperation, surveyImpact } from './proxies.js';

/** Plans a dry run and looks at what the plan would touch. For servers without standalone activities. Writes nothing. */
export async function preview(request: OperationRequest): Promise<Preview> {
  const planned = await planOperation(request);
  if (planned.kind !== 'planned') return { planned, impact: null };
  return { planned, impact: await surveyImpact(planned.plan) };
}
