import { request } from 'undici';
import type { Generation } from '../../domain/log/commit.js';
import { PROBE_HEADER, ROUTE_HEADER } from '../../domain/caddy/visits/probe.js';
import { concreteHost, GENERATION_HOST } from '../../domain/values/network/domain-name.js';
import { Failure } from '../../ports/failure.js';
import { parseGeneration } from './generation.js';

const TIMEOUT_MS = 4_500;
const ATTEMPTS = 4;

/** Reads the generation that Caddy serves now; null when it answers without one. Throws `unavailable` after four attempts or 4.5 s. */
export async function servedGeneration(system: string, base: string): Promise<Generation | null> {
  const answer = await get(system, base, { host: GENERATION_HOST });
  return answer.status === 200 ? parseGeneration(answer.body) : null;
}

/** Implements `Proxy.answeredBy`. A wildcard is probed with the first label `hecate-probe`, which no route has. */
export async function answeredBy(
  system: string,
  base: string,
  host: string,
  hash: string,
): Promise<number | 'none' | null> {
  const { status, route } = await get(system, base, { host: concreteHost(host), [PROBE_HEADER]: hash });
  if (status !== 204 || route === null) return null;
  return route === 'none' ? 'none' : Number(route);
}

/** Implements `Proxy.clockSkewMs`. Caddy's `Date` has whole seconds and lies between our clock before and after the request. */
export async function clockSkewMs(system: string, base: string): Promise<number | null> {
  const before = Date.now();
  const { date } = await get(system, base, { host: GENERATION_HOST });
  const theirs = Date.parse(date ?? '');
  if (Number.isNaN(theirs)) return null;
  return Math.max(0, before - (theirs + 999), theirs - Date.now());
}

/** Sends a GET. Retries when the connection breaks, since a reload of Caddy resets some. */
async function get(system: string, base: string, headers: Record<string, string>) {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await request(base, { headers, signal, reset: true });
      const route = answer.headers[ROUTE_HEADER.toLowerCase()];
      const body = await answer.body.text();
      const date = answer.headers['date'];
      return {
        status: answer.statusCode,
        route: typeof route === 'string' ? route : null,
        date: typeof date === 'string' ? date : null,
        body,
      };
    } catch (cause) {
      if (attempt === ATTEMPTS || signal.aborted) throw unavailable(system, base, cause);
      await new Promise((resolve) => setTimeout(resolve, 25 * attempt));
    }
  }
}

function unavailable(system: string, base: string, cause: unknown): Failure {
  const hint = 'Start Caddy (embedded stack: hecate up), or set HECATE_CADDY_HTTP to the URL of its plain HTTP.';
  return new Failure('unavailable', `${system} does not answer HTTP at ${base}`, { system, hint, cause });
}
