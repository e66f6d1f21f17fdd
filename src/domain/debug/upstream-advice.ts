import { isUpstreamName } from '../resources/upstream.js';
import type { Pool } from '../serving/pool.js';
import type { ServedRoute } from '../serving/served-route.js';
import type { ServerRole } from '../serving/upstream-check.js';
import { durationMs } from '../values/duration.js';

/** An upstream of a route: its own, or the backup. */
interface Target {
  readonly flag: '--upstream' | '--backup-upstream';
  readonly ref: string | null;
  readonly pool: Pool | null;
}

/** In a failover the backup answers instead of the route's own upstream. */
function targetOf({ route, pool, backup, failover }: ServedRoute, role: ServerRole = 'upstream'): Target {
  return failover || role === 'backup'
    ? { flag: '--backup-upstream', ref: route.backupUpstream, pool: backup }
    : { flag: '--upstream', ref: route.upstream, pool };
}

/** The command that replaces a server: in its upstream when that has a name, since other routes may share it. Keeps HTTPS. */
export function pointElsewhere(served: ServedRoute, dial: string, role: ServerRole = 'upstream'): string {
  const target = targetOf(served, role);
  const address = target.pool?.tls ? 'https://HOST:PORT' : 'HOST:PORT';
  return target.ref !== null && isUpstreamName(target.ref)
    ? `hecate update upstream --name ${target.ref} --add-server ${address} --remove-server ${dial}`
    : updated(served, target, address);
}

/** The command that ends a canary. */
export function stopCanary({ route }: ServedRoute): string {
  return `hecate update route --domain ${route.domain} --rollback-canary`;
}

/** A route's own upstream cannot change while a canary is compared with it. The canary ends though that upstream fails. */
function updated(served: ServedRoute, { flag }: Target, address: string): string {
  const first = flag === '--upstream' && served.canary !== null ? `${stopCanary(served)} --force && ` : '';
  return `${first}hecate update route --domain ${served.route.domain} ${flag} ${address}`;
}

/** The command that asks a server by HTTPS or by plain HTTP. All servers of a named upstream change, because none may differ. */
export function askBy(scheme: 'http' | 'https', served: ServedRoute, dial: string): string {
  const target = targetOf(served);
  const { ref, pool } = target;
  if (ref === null || !isUpstreamName(ref)) return updated(served, target, addressOf(scheme, dial));
  const servers = pool?.servers ?? [{ dial, weight: 1 }];
  const flags = servers.map(
    (one) => `--add-server ${addressOf(scheme, one.dial)}${one.weight === 1 ? '' : `=${one.weight}`}`,
  );
  return `hecate update upstream --name ${ref} ${flags.join(' ')}`;
}

/** Faults of a certificate, in the words of `askUpstream`. */
const FAULTS = {
  late: /has expired/,
  early: /not valid yet/,
  untrusted: /self-signed|authority/,
  name: /, not for |subject alternative name/,
} as const;

/** Returns the advice after which Caddy accepts the certificate of a server, without a command. */
export function mendCertificate(problem: string, dial: string): string {
  const has = (fault: keyof typeof FAULTS) => FAULTS[fault].test(problem);
  if (has('early') && !has('name'))
    return `Set the clocks of the proxy and of ${dial} by NTP, or give ${dial} a certificate that is valid now`;
  if (has('late') && !has('name')) return `Renew the certificate of ${dial}`;
  const whole = `Give ${dial} a certificate that Caddy accepts`;
  return has('untrusted') && !has('name') ? `${whole}, or add its authority to the system of the proxy` : whole;
}

/** Returns the advice for an HTTPS server whose certificate Caddy does not accept. Another name helps only where the name is wrong. */
export function certificateAdvice(problem: string, dial: string, elsewhere: string): string {
  const whole = mendCertificate(problem, dial);
  const isOnlyName = Object.entries(FAULTS).every(([fault, words]) => words.test(problem) === (fault === 'name'));
  return isOnlyName ? `${whole}, or use a name that the certificate is for: ${elsewhere}` : whole;
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
