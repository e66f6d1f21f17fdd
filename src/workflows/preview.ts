import type { OperationRequest, Planned } from './activities.js';
import { planOperation } from './step-activities.js';

/** A dry run: plans and answers the plan. Writes nothing anywhere. */
export async function preview(request: OperationRequest): Promise<Planned> {
  return planOperation(request);
}
