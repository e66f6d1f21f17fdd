import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type {
  HealthInspection,
  HealthQuestion,
  InspectionActivities,
  RequestsInspection,
  RequestsQuestion,
  IdentityInspection,
  IdentityQuestion,
  ProxyInspection,
  ProxyQuestion,
} from './contracts/inspection.js';

const { inspectRoutes } = proxyActivities<InspectionActivities>({
  startToCloseTimeout: '90s',
  scheduleToCloseTimeout: '90s',
  heartbeatTimeout: '1500ms',
  retry: { maximumAttempts: 2 },
  summary: 'Look at routes, servers and certificates',
});

/** Checks routes from the worker: servers, certificates, overlays. For servers without standalone activities. Writes nothing. */
export async function inspectHealth(question: HealthQuestion): Promise<HealthInspection> {
  return inspectRoutes(question);
}

const { inspectRequests: findRequests } = proxyActivities<InspectionActivities>({
  startToCloseTimeout: '60s',
  scheduleToCloseTimeout: '60s',
  heartbeatTimeout: '1500ms',
  retry: { maximumAttempts: 2 },
  summary: 'Find requests in the access logs',
});

/** Finds requests in the access logs of the proxies. For servers without standalone activities. Writes nothing. */
export async function inspectRequests(question: RequestsQuestion): Promise<RequestsInspection> {
  return findRequests(question);
}

const { inspectProxyUse } = proxyActivities<InspectionActivities>({
  startToCloseTimeout: '60s',
  scheduleToCloseTimeout: '60s',
  heartbeatTimeout: '1500ms',
  retry: { maximumAttempts: 2 },
  summary: 'Follow a request, or read the configuration of the proxies',
});

/** Follows a request through the proxies, or reads their configuration. For servers without standalone activities. Writes nothing. */
export async function inspectProxies(question: ProxyQuestion): Promise<ProxyInspection> {
  return inspectProxyUse(question);
}

const { inspectIdentityProvider } = proxyLocalActivities<InspectionActivities>({
  startToCloseTimeout: '60s',
  retry: { maximumAttempts: 1 },
  summary: 'Check authentik: address, token, rights, outpost',
});

/** Checks all that sign-in needs, from the worker and with its token. For servers without standalone activities. Writes nothing. */
export async function inspectIdentity(question?: IdentityQuestion): Promise<IdentityInspection> {
  return inspectIdentityProvider(question);
}
