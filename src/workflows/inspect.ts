import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type {
  HealthInspection,
  HealthQuestion,
  InspectionActivities,
  IdentityInspection,
} from './contracts/inspection.js';

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

const { inspectIdentityProvider } = proxyLocalActivities<InspectionActivities>({
  startToCloseTimeout: '60s',
  retry: { maximumAttempts: 1 },
});

/** Looks at everything that sign-in needs, with the worker's own eyes and credential. Writes nothing. */
export async function inspectIdentity(): Promise<IdentityInspection> {
  return inspectIdentityProvider();
}
