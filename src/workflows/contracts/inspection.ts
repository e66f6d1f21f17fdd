import type { RouteHealth } from '../../domain/serving/route-health.js';

/** What `read test auth` prints; `checks` is empty when no identity provider is configured. */
export interface IdentityInspection {
  readonly address: string | null;
  readonly checks: readonly { readonly name: string; readonly passed: boolean; readonly detail: string }[];
}

/** Which routes `read health` asks for: one, or those after `after` in the order of their names. */
export interface HealthQuestion {
  readonly domain: string | null;
  readonly after: string | null;
}

/** A part of what `read health` prints. */
export interface HealthInspection {
  readonly routes: readonly RouteHealth[];
  /** Where the next part begins; null: there is none. */
  readonly next: string | null;
}

/** What looking at the world needs. Writes nothing. */
export interface InspectionActivities {
  inspectIdentityProvider(): Promise<IdentityInspection>;
  inspectRoutes(question: HealthQuestion): Promise<HealthInspection>;
}

export const INSPECT_IDENTITY_WORKFLOW = 'inspectIdentity';
export const INSPECT_HEALTH_WORKFLOW = 'inspectHealth';
