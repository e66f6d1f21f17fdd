import type { Proof } from '../../domain/trust/proof.js';
import type { RouteHealth } from '../../domain/serving/route-health.js';
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
  /** The operator whose key signed the question. Absent, as the proof, in histories of workers before 0.6. */
  readonly actor?: string;
  readonly proof?: Proof;
}

/** One page of `read health`. */
export interface HealthInspection {
  readonly routes: readonly RouteHealth[];
  /** `after` of the next page; null: this is the last one. */
  readonly next: string | null;
}

/** Activities that answer reads. They write nothing. */
export interface InspectionActivities {
  /** Histories of workers before 0.6 have no question. */
  inspectIdentityProvider(question?: IdentityQuestion): Promise<IdentityInspection>;
  inspectRoutes(question: HealthQuestion): Promise<HealthInspection>;
}

/** Returns the id of a question about the environment that only a worker can answer; `id` is unique. */
export function inspectionId(prefix: string, about: 'authentik' | 'routes', id: string): string {
  return withPrefix(prefix, `inspect/${about}/${id}`);
}

/** Type name of the workflow that answers `read test auth`, for servers without standalone activities. */
export const INSPECT_IDENTITY_WORKFLOW = 'inspectIdentity';
/** Type name of the workflow that answers `read health`, for servers without standalone activities. */
export const INSPECT_HEALTH_WORKFLOW = 'inspectHealth';
