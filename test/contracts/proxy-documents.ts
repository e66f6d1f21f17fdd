import type { Canary } from '../../src/domain/resources/canary.js';
import { compile, type ProxyDocument, type ProxySettings } from '../../src/domain/caddy/document.js';
import { poolOf } from '../../src/domain/serving/pool.js';
import { plainRoute, routeSchema } from '../../src/domain/resources/route.js';
import { emptyState } from '../../src/domain/log/state.js';
import { served } from '../builders/served.js';

/** What a test says about a route; the rest is as a person would leave it. */
export interface RouteSketch {
  readonly domain: string;
  readonly upstream?: string;
  readonly headers?: Record<string, string>;
  readonly revision?: number;
  readonly canary?: Canary;
}

/** The hash that {@link documentOf} gives to a generation. */
export function hashOf(sequence: number): string {
  return sequence.toString(16).padStart(64, '0');
}

/** A compiled document of these routes at this sequence. */
export function documentOf(sequence: number, sketches: readonly RouteSketch[], settings: ProxySettings): ProxyDocument {
  const routes = sketches.map(({ domain, upstream, headers, revision, canary }) =>
    served(
      routeSchema.parse({ ...plainRoute(domain, upstream ?? '127.0.0.1:9'), headers: headers ?? {} }),
      revision ?? sequence,
      canary ? { canary: { canary, pool: poolOf(emptyState, canary.upstream) } } : {},
    ),
  );
  return compile(routes, settings, { logId: 'test-log', sequence, hash: hashOf(sequence) });
}
