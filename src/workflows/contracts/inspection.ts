import type { LogCursor } from '../../ports/access-log.js';
import type { AccessEntry } from '../../domain/traffic/access-entry.js';
import type { Proof } from '../../domain/trust/proof.js';
import type { Diagnosis } from '../../domain/debug/diagnose.js';
import type { Asked } from '../../domain/debug/evidence.js';
import type { RouteHealth } from '../../domain/serving/route-health.js';
import type { Finding } from '../../domain/health/findings.js';
import { withPrefix } from '../../domain/values/environment-name.js';

/** Result of `read test auth`; `checks` is empty when no identity provider is configured. */
export interface IdentityInspection {
  readonly address: string | null;
  readonly checks: readonly { readonly name: string; readonly passed: boolean; readonly detail: string }[];
}

/** A question of `read test auth`. */
export interface IdentityQuestion {
  /** The operator whose key signed the question. */
  readonly actor: string;
  /** Absent in histories of workers before 0.6. */
  readonly proof?: Proof;
}

/** The routes that `read health` asks about: one, or those whose names come after `after`. */
export interface HealthQuestion {
  readonly domain: string | null;
  readonly after: string | null;
  /** One request for each route, within 1.5 s for a page. Routes that were not asked are left out. */
  readonly glance?: boolean;
  /** The first page has the findings about the environment too. */
  readonly withFindings?: boolean;
  /** The operator whose key signed the question. Absent, as the proof, in histories of workers before 0.6. */
  readonly actor?: string;
  readonly proof?: Proof;
}

/** One page of `read health`. */
export interface HealthInspection {
  readonly routes: readonly RouteHealth[];
  /** `after` of the next page; null: this is the last one. */
  readonly next: string | null;
  /** Findings about the environment, if they were asked for; at most 1,000. */
  readonly findings?: readonly Finding[];
}

/** A question of `read requests`. */
export interface RequestsQuestion {
  /** Null: requests to every host, also of no route. */
  readonly domain: string | null;
  /** Only requests that ended then or later, Unix ms. */
  readonly sinceMs: number;
  /** Exact statuses and classes such as `5xx`; empty: all. */
  readonly statuses: readonly string[];
  /** Only requests that the proxy itself refused. */
  readonly isDenied: boolean;
  /** Most requests in the answer, at most {@link REQUESTS_PAGE}. */
  readonly limit: number;
  /** Positions of an answer before: only later requests are wanted. Empty: there was none. */
  readonly after: RequestPositions;
  /** The oldest requests after the positions are wanted, so that the questions of one who follows leave none out. */
  readonly isOnward?: boolean;
  /** The operator whose key signed the question. */
  readonly actor: string;
  readonly proof?: Proof;
}

/** Most requests that one answer has. */
export const REQUESTS_PAGE = 500;

/** The place in each proxy's access log at which an answer ends, by the proxy's name. */
export type RequestPositions = Readonly<Record<string, LogCursor>>;

/** A request, and who served it. */
export interface FoundRequest extends AccessEntry {
  readonly proxy: string;
  /** Null: no route serves its host. */
  readonly domain: string | null;
}

/** Answer to a question of `read requests`. */
export interface RequestsInspection {
  /** Oldest first. */
  readonly requests: readonly FoundRequest[];
  /** Number of older requests that the limit left out. */
  readonly left: number;
  /** The logs go on after the positions: the next question has an answer at once. Absent: of a worker before 0.6. */
  readonly hasMore?: boolean;
  readonly after: RequestPositions;
  /** Sentences about access logs that could not be read. */
  readonly problems: readonly string[];
}

/** A question about what the proxies have and do: about a request with `request`, else about their configuration. */
export interface ProxyQuestion {
  /** Null: the whole configuration. */
  readonly domain: string | null;
  readonly request?: Omit<Asked, 'host'>;
  /** The operator whose key signed the question. */
  readonly actor?: string;
  readonly proof?: Proof;
}

/** The configuration of one proxy, without secrets. */
export interface ProxyConfiguration {
  readonly proxy: string;
  readonly address: string;
  /** Sequence of the commit that it serves; null: it has no configuration of Hecate. */
  readonly generation: number | null;
  /** Sequence of the log's newest commit. */
  readonly head: number;
  /** JSON as it is loaded, and as the log wants it. */
  readonly loaded: string;
  readonly wanted: string;
  /** Paths of parts that are not Hecate's. */
  readonly foreign: readonly string[];
}

/** The answer to a {@link ProxyQuestion}, for each proxy. */
export interface ProxyInspection {
  readonly diagnoses: readonly Diagnosis[];
  readonly configurations: readonly ProxyConfiguration[];
}

/** Activities that answer reads. They write nothing. */
export interface InspectionActivities {
  /** Histories of workers before 0.6 have no question. */
  inspectIdentityProvider(question?: IdentityQuestion): Promise<IdentityInspection>;
  inspectRoutes(question: HealthQuestion): Promise<HealthInspection>;
  inspectProxyUse(question: ProxyQuestion): Promise<ProxyInspection>;
  inspectRequests(question: RequestsQuestion): Promise<RequestsInspection>;
}

/** Returns the id of a question about the environment that only a worker can answer; `id` is unique. */
export function inspectionId(
  prefix: string,
  about: 'authentik' | 'routes' | 'proxies' | 'requests',
  id: string,
): string {
  return withPrefix(prefix, `inspect/${about}/${id}`);
}

/** Type name of the workflow that answers `read test auth`, for servers without standalone activities. */
export const INSPECT_IDENTITY_WORKFLOW = 'inspectIdentity';
/** Type name of the workflow that answers `read health`, for servers without standalone activities. */
export const INSPECT_HEALTH_WORKFLOW = 'inspectHealth';
/** Type name of the workflow that answers `read requests`, for servers without standalone activities. */
export const INSPECT_REQUESTS_WORKFLOW = 'inspectRequests';
/** Type name of the workflow that answers `read debug` and `read config caddy`, for servers without standalone activities. */
export const INSPECT_PROXIES_WORKFLOW = 'inspectProxies';
