import { all, find, type StoredResource } from '../../domain/log/state.js';
import { routeMissing } from '../../operations/rules/route.js';
import { print, table } from '../print/output.js';
import { printManifests } from './described.js';
import { absent, canonicalDomain, look, properties, provenance, type Look, type Looking } from './reading.js';

/** Prints all routes. */
export async function listRoutes(looking: Looking): Promise<void> {
  const seen = await look(looking);
  if (looking.output === 'yaml') return printManifests(seen.state, 'Route');
  const routes = all(seen.state, 'Route').map((held) => shown(seen, held));
  await print(looking.output, routes, () =>
    routes.length === 0
      ? 'no routes'
      : table(
          ['DOMAIN', 'UPSTREAM', 'SIGN-IN', 'HEALTH CHECK', 'STATE', 'UPDATED', 'BY'],
          routes.map((r) => [
            r.domain,
            upstreamText(r),
            signInText(r, seen.asOf?.at ?? new Date().toISOString()),
            r.healthCheck ? `${r.healthCheck.path} every ${r.healthCheck.interval}` : '–',
            r.state,
            r.updatedAt,
            r.updatedBy,
          ]),
        ),
  );
}

/** Prints one route; throws `missing`. */
export async function readRoute(domain: string, looking: Looking): Promise<void> {
  const seen = await look(looking);
  const name = canonicalDomain(domain);
  const held = find(seen.state, 'Route', name);
  if (!held) throw absent(routeMissing(seen.state, name));
  const route = shown(seen, held);
  await print(looking.output, route, () => properties(route));
}

function shown(seen: Look, held: StoredResource<'Route'>) {
  const bypass = find(seen.state, 'Bypass', held.name)?.value ?? null;
  const canary = find(seen.state, 'Canary', held.name)?.value ?? null;
  const failover = find(seen.state, 'Failover', held.name)?.value ?? null;
  return {
    ...held.value,
    bypass: bypass && { since: bypass.since, until: bypass.until, reason: bypass.reason },
    canary: canary && { upstream: canary.upstream, percentage: canary.percentage, since: canary.since },
    failover: failover && { since: failover.since, reason: failover.reason },
    ...provenance(seen, held),
  };
}

function upstreamText({ upstream, backupUpstream, canary, failover }: ReturnType<typeof shown>): string {
  if (failover) return `${backupUpstream} (FAILOVER from ${upstream})`;
  return canary ? `${upstream} (${canary.percentage}% → ${canary.upstream})` : upstream;
}

function signInText(route: ReturnType<typeof shown>, at: string): string {
  if (route.authPolicy === null && !route.requireMFA) return '–';
  const asked = [...(route.authPolicy === null ? [] : [route.authPolicy]), ...(route.requireMFA ? ['MFA'] : [])].join(
    ' + ',
  );
  return route.bypass === null || route.bypass.until <= at ? asked : `BYPASSED until ${route.bypass.until}`;
}
