import { isUpstreamName } from '../resources/upstream.js';
import type { Pool } from '../serving/pool.js';
import type { ServedRoute } from '../serving/served-route.js';
import { durationMs } from '../values/duration.js';

/** The upstream that answers for a route: its own, or the backup in a failover. */
interface Target {
  readonly flag: '--upstream' | '--backup-upstream';
  readonly ref: string | null;
  readonly pool: Pool | null;
}

function targetOf({ route, pool, backup, failover }: ServedRoute): Target {
  return failover
    ? { flag: '--backup-upstream', ref: route.backupUpstream, pool: backup }
    : { flag: '--upstream', ref: route.upstream, pool };
}

/** The command that replaces a server: in its upstream when that has a name, since other routes may share it. Keeps HTTPS. */
export function pointElsewhere(served: ServedRoute, dial: string): string {
  const { flag, ref, pool } = targetOf(served);
  const address = pool?.tls ? 'https://HOST:PORT' : 'HOST:PORT';
  return ref !== null && isUpstreamName(ref)
    ? `hecate update upstream --name ${ref} --add-server ${address} --remove-server ${dial}`
    : `hecate update route --domain ${served.route.domain} ${flag} ${address}`;
}

/** The command that asks a server by HTTPS or by plain HTTP. All servers of a named upstream change, because none may differ. */
export function askBy(scheme: 'http' | 'https', served: ServedRoute, dial: string): string {
  const { flag, ref, pool } = targetOf(served);
  if (ref === null || !isUpstreamName(ref)) {
    return `hecate update route --domain ${served.route.domain} ${flag} ${addressOf(scheme, dial)}`;
  }
  const servers = pool?.servers ?? [{ dial, weight: 1 }];
  const flags = servers.map(
    (one) => `--add-server ${addressOf(scheme, one.dial)}${one.weight === 1 ? '' : `=${one.weight}`}`,
  );
  return `hecate update upstream --name ${ref} ${flags.join(' ')}`;
}

/** Port 443 means HTTPS when an address has no scheme. */
function addressOf(scheme: 'http' | 'https', dial: string): string {
  return scheme === 'https' || dial.endsWith(':443') ? `${scheme}://${dial}` : dial;
}

/** Time limit of a route for the response headers. `ms` null: it has none. */
export function patienceOf(served: ServedRoute): { readonly ms: number | null; readonly text: string } {
  const timeout = targetOf(served).pool?.timeout ?? null;
  if (timeout === null) return { ms: null, text: 'the route waits without a limit' };
  const ms = durationMs(timeout);
  return { ms, text: `the route waits up to ${ms / 1_000} s` };
}
