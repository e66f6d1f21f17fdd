import type { Generation } from './commit.js';
import type { Route } from './route.js';

/** Header by which verify asks which route would answer; its value is the hash of the served generation. */
export const PROBE_HEADER = 'Hecate-Probe';
/** Header of the answer to a probe: the route's revision, or `none`. */
export const ROUTE_HEADER = 'Hecate-Route';
/** Host, reserved by RFC 6762's and 2606's spirit for us, that serves the generation. */
export const GENERATION_HOST = 'generation.hecate.internal';
/** `@id` of the object that carries the generation. */
export const GENERATION_ID = 'hecate-generation';

/** A route with the revision that the log gave it. */
export interface CompiledRoute {
  readonly route: Route;
  readonly revision: number;
}

/** What does not come from the log: where the proxy listens. */
export interface ProxySettings {
  readonly httpPort: number;
  readonly httpsPort: number;
}

/** Hecate's own part of a Caddy configuration. */
export interface ProxyDocument {
  readonly generation: Generation;
  /** The value of `apps.http.servers.hecate`. */
  readonly server: Readonly<Record<string, unknown>>;
}

export declare function compile(
  routes: readonly CompiledRoute[],
  settings: ProxySettings,
  generation: Generation,
): ProxyDocument;
