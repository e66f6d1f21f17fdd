import type { OperationRequest, Preview } from '../contracts/plan.js';
import { planOperation, surveyImpact } from './proxies.js';

/** A dry run: plans, looks at what the plan would touch, and answers both. Writes nothing anywhere. */
export async function preview(request: OperationRequest): Promise<Preview> {
  const planned = await planOperation(request);
  if (planned.kind !== 'planned') return { planned, impact: null };
  return { planned, impact: await surveyImpact(planned.plan) };
}
