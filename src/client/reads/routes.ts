import { all, find, type Held, type State } from '../../domain/state.js';
import { routeMissing } from '../../operations/route-change.js';
import { print, table, type OutputFormat } from '../output.js';
import { absent, canonicalDomain, properties, provenance, readState } from './reading.js';

/** Prints all routes. */
export async function listRoutes(format: OutputFormat): Promise<void> {
  const state = await readState();
  const routes = all(state, 'Route').map((held) => shown(state, held));
  await print(format, routes, () =>
    routes.length === 0
      ? 'no routes'
      : table(
          ['DOMAIN', 'UPSTREAM', 'SIGN-IN', 'HEALTH CHECK', 'STATE', 'UPDATED', 'BY'],
          routes.map((r) => [
            r.domain,
            upstreamText(r),
            signInText(r),
            r.healthCheck ? `${r.healthCheck.path} every ${r.healthCheck.interval}` : '–',
            r.state,
            r.updatedAt,
            r.updatedBy,
          ]),
        ),
  );
}

/** Prints one route; throws `missing`. */
export async function readRoute(domain: string, format: OutputFormat): Promise<void> {
  const state = await readState();
  const name = canonicalDomain(domain);
  const held = find(state, 'Route', name);
  if (!held) throw absent(routeMissing(state, name));
  const route = shown(state, held);
  await print(format, route, () => properties(route));
}

function shown(state: State, held: Held<'Route'>) {
  const bypass = find(state, 'Bypass', held.name)?.value ?? null;
  const canary = find(state, 'Canary', held.name)?.value ?? null;
  const failover = find(state, 'Failover', held.name)?.value ?? null;
  return {
    ...held.value,
    bypass: bypass && { since: bypass.since, until: bypass.until, reason: bypass.reason },
    canary: canary && { upstream: canary.upstream, percentage: canary.percentage, since: canary.since },
    failover: failover && { since: failover.since, reason: failover.reason },
    ...provenance(state, held),
  };
}

function upstreamText({ upstream, backupUpstream, canary, failover }: ReturnType<typeof shown>): string {
  if (failover) return `${backupUpstream} (FAILOVER from ${upstream})`;
  return canary ? `${upstream} (${canary.percentage}% → ${canary.upstream})` : upstream;
}

function signInText(route: ReturnType<typeof shown>): string {
  if (route.authPolicy === null && !route.requiresMfa) return '–';
  const asked = [...(route.authPolicy === null ? [] : [route.authPolicy]), ...(route.requiresMfa ? ['MFA'] : [])].join(
    ' + ',
  );
  return route.bypass === null || Date.parse(route.bypass.until) <= Date.now()
    ? asked
    : `BYPASSED until ${route.bypass.until}`;
}
