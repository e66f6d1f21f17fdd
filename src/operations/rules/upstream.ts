import type { Refusal } from '../../domain/refusal.js';
import { upstreamNeed, type Route } from '../../domain/resources/route.js';
import { poolOf } from '../../domain/serving/pool.js';
import type { State } from '../../domain/log/state.js';
import { usersOf } from '../../domain/log/users.js';
import { isUpstreamName } from '../../domain/resources/upstream.js';
import { invalid, missing } from '../refusals.js';

/** Returns the refusal of a route's upstream or backup upstream; null: both are fine. */
export function upstreamProblem(state: State, route: Route): Refusal | null {
  const { domain, upstream, backupUpstream, autoFailover } = route;
  const need = upstreamNeed(route);
  if (need !== null) {
    const hint =
      'Add one with --upstream HOST:PORT, or redirect every request, for example with --middleware redirect:308:same:https://new.example.com.';
    return invalid('no-upstream', `${domain} would have no upstream: ${need}`, hint);
  }
  const unknown = [upstream, backupUpstream].find((ref) => ref !== null && poolOf(state, ref) === null);
  if (unknown) return missingUpstream(state, unknown);
  if (backupUpstream !== null && backupUpstream === upstream) {
    return invalid(
      'backup-is-upstream',
      `${backupUpstream} cannot be its own backup`,
      'Give another upstream with --backup-upstream.',
    );
  }
  if (!autoFailover || backupUpstream !== null) return null;
  return invalid(
    'no-backup',
    'automatic failover needs a backup upstream',
    'Add one with --backup-upstream HOST:PORT, or turn --auto-failover off.',
  );
}

/** Returns the refusal for an upstream that does not exist. */
export function missingUpstream(state: State, name: string): Refusal {
  return missing(state, 'Upstream', name);
}

/** Returns the domains of routes that send requests to an upstream, now or during a failover or a canary. */
export function routesTo(state: State, name: string): readonly string[] {
  return usersOf(state, 'Upstream', name);
}

/** Returns the text that names an upstream in messages: `upstream NAME`, the address, or `no upstream`. */
export function spokenUpstream(ref: string | null): string {
  if (ref === null) return 'no upstream';
  return isUpstreamName(ref) ? `upstream ${ref}` : ref;
}
