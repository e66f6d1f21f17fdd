import type { KindWithRole, ResourceKind } from '../../domain/resources/kinds.js';
import { listAlertSinks, readAlertSink, testAlert } from './alert-sinks.js';
import { listAlerts } from './alerts.js';
import { listAlertRules, readAlertRule } from './alert-rules.js';
import { listAuthPolicies, readAuthPolicy } from './auth-policies.js';
import { readCanary } from './canary.js';
import { diff } from './diff.js';
import { readHealth, readRouteHealth } from './health.js';
import { listOperations } from './operations.js';
import { listOperators, readOperator } from './operators.js';
import { readMetrics } from './metrics.js';
import { readMonitor } from './monitor.js';
import { readRequests } from './requests.js';
import { history } from './history.js';
import { listProbations } from './probations.js';
import type { Read } from './read.js';
import type { KindList } from './resource-reads.js';
import { listRoutes, readRoute } from './routes.js';
import { listSchedules, readSchedule } from './schedules.js';
import { listSecrets, readSecret, readSecretStatus } from './secrets.js';
import { listSilences } from './silences.js';
import { listSources } from './sources.js';
import { readTestAuth } from './test-auth.js';
import { why } from './why.js';
import { readConfigCaddy } from './config-caddy.js';
import { readDebug } from './debug.js';
import { readValidateDns } from './validate-dns.js';
import { listUpstreams, readUpstream } from './upstreams.js';

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
