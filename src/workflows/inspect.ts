import { proxyActivities } from '@temporalio/workflow';
import type { HealthInspection, HealthQuestion, InspectionActivities } from './contracts/inspection.js';

const { inspectRoutes } = proxyActivities<InspectionActivities>({
  startToCloseTimeout: '90s',
  scheduleToCloseTimeout: '90s',
  heartbeatTimeout: '1500ms',
  retry: { maximumAttempts: 2 },
  summary: 'Look at routes, servers and certificates',
});

/** Looks at routes with the worker's own eyes: servers, certificates, what is in force. Writes nothing. */
export async function inspectHealth(question: HealthQuestion): Promise<HealthInspection> {
  return inspectRoutes(question);
}
