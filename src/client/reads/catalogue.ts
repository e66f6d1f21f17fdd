import type { KindWithRole, ResourceKind } from '../../domain/resources/kinds.js';
import { listAlertSinks, readAlertSink, testAlert } from './resources/alert-sinks.js';
import { listAlerts } from './diagnosis/alerts.js';
import { listAlertRules, readAlertRule } from './resources/alert-rules.js';
import { listAuthPolicies, readAuthPolicy } from './resources/auth-policies.js';
import { readCanary } from './resources/canary.js';
import { diff } from './history/diff.js';
import { readHealth, readRouteHealth } from './diagnosis/health.js';
import { listOperations } from './history/operations.js';
import { listOperators, readOperator } from './resources/operators.js';
import { readMetrics } from './traffic/metrics.js';
import { readMonitor } from './traffic/monitor.js';
import { readRequests } from './traffic/requests.js';
import { history } from './history/history.js';
import { listProbations } from './resources/probations.js';
import type { Read } from './read.js';
import type { KindList } from './resources/resource-reads.js';
import { listRoutes, readRoute } from './resources/routes.js';
import { listSchedules, readSchedule } from './resources/schedules.js';
import { listSecrets, readSecret, readSecretStatus } from './resources/secrets.js';
import { listSilences } from './resources/silences.js';
import { listSources } from './resources/sources.js';
import { readTestAuth } from './diagnosis/test-auth.js';
import { why } from './diagnosis/why.js';
import { readConfigCaddy } from './diagnosis/config-caddy.js';
import { readDebug } from './diagnosis/debug.js';
import { readValidateDns } from './diagnosis/validate-dns.js';
import { listUpstreams, readUpstream } from './resources/upstreams.js';

/** Reads of a kind: its list first. A kind without a list does not compile; overlays are shown with their route instead. */
type ReadsOf<K extends ResourceKind> =
  K extends KindWithRole<'overlay'> ? readonly Read[] : readonly [KindList<K>, ...Read[]];

const readsByKind: { readonly [K in ResourceKind]: ReadsOf<K> } = {
  Route: [listRoutes, readRoute, readRouteHealth, readHealth],
  AuthPolicy: [listAuthPolicies, readAuthPolicy],
  Upstream: [listUpstreams, readUpstream],
  Schedule: [listSchedules, readSchedule],
  AlertSink: [listAlertSinks, readAlertSink, testAlert],
  AlertRule: [listAlertRules, readAlertRule],
  Silence: [listSilences],
  Canary: [readCanary],
  Bypass: [],
  Failover: [],
  Secret: [listSecrets, readSecret, readSecretStatus],
  Source: [listSources],
  Probation: [listProbations],
  Operator: [listOperators, readOperator],
};

/** Every command that only looks, in the order of the help. */
export const reads: readonly Read[] = [
  ...Object.values(readsByKind).flat(),
  listAlerts,
  listOperations,
  readMetrics,
  readMonitor,
  readRequests,
  readTestAuth,
  readDebug,
  readConfigCaddy,
  readValidateDns,
  history,
  why,
  diff,
];
