import { requiresSignIn } from '../../domain/identity/access.js';
import { isBaseChange } from '../../domain/log/base-kinds.js';
import { type Change, changeOf } from '../../domain/log/commit.js';
import { definitionOf, kindsWithRole, type KindWithRole } from '../../domain/resources/kinds.js';
import type { Route } from '../../domain/resources/route.js';
import { all, find, type State, type StoredResource } from '../../domain/log/state.js';
import type { Decision } from '../operation.js';
import { conflict, refuse } from '../refusals.js';

/** An overlay that must end, and the reason. */
export interface OverlayEnd {
  readonly change: Change;
  /** A sentence that names the overlay and says why it ends. */
  readonly why: string;
}

/** Returns the overlays in force that cannot go on after these changes; they end in the same commit. */
export function overlayEnds(state: State, changes: readonly Change[]): OverlayEnd[] {
  const base = changes.filter(isBaseChange);
  // A route that is only created now has no overlay.
  const overRoutes = base.flatMap((change) =>
    change.kind === 'Route' && change.before !== null ? endsOver(state, change.name, change.after) : [],
  );
  const gone = new Set(base.filter((c) => c.kind === 'Upstream' && c.after === null).map(({ name }) => name));
  const canaries = gone.size === 0 ? [] : all(state, 'Canary').filter(({ value }) => gone.has(value.upstream));
  const toGone = canaries.flatMap(({ name, value }) =>
    explained(overlayEnd(state, 'Canary', name), `upstream ${value.upstream} is deleted`),
  );
  const named = new Set(overRoutes.map(keyOf));
  return [...overRoutes, ...toGone.filter((end) => !named.has(keyOf(end)))];
}

function endsOver(state: State, domain: string, after: Route | null): OverlayEnd[] {
  if (after === null) {
    return explained(overlaysEnd(state, domain), 'its route is deleted');
  }
  return [
    ...(requiresSignIn(after)
      ? []
      : explained(overlayEnd(state, 'Bypass', domain), 'its route does not require sign-in')),
    ...canaryEndsOver(state, after),
    ...(after.backupUpstream === null
      ? explained(overlayEnd(state, 'Failover', domain), 'its route has no backup upstream')
      : []),
  ];
}

/** A canary is compared with the upstream that its route had at the start. */
function canaryEndsOver(state: State, { domain, upstream }: Route): OverlayEnd[] {
  const ends = overlayEnd(state, 'Canary', domain);
  if (find(state, 'Canary', domain)?.value.upstream === upstream) {
    return explained(ends, 'its upstream becomes the route’s own');
  }
  const isMoved = find(state, 'Route', domain)?.value.upstream !== upstream;
  return isMoved
    ? explained(ends, 'the route gets another upstream, so the canary has nothing to be compared with')
    : [];
}

function explained(changes: readonly Change[], why: string): OverlayEnd[] {
  return changes.map((change) => ({
    change,
    why: `the ${definitionOf(change.kind).noun} of ${change.name} ends: ${why}`,
  }));
}

function keyOf({ change }: OverlayEnd): string {
  return `${change.kind}/${change.name}`;
}

/** Returns the refusal of a change that a running canary prevents, with the person who started the canary. */
export function canaryRuns({ value, createdBy, createdAt }: StoredResource<'Canary'>): Decision {
  const { domain, upstream, percentage } = value;
  const message = `a canary to ${upstream} runs on ${domain}: started by ${createdBy} at ${createdAt}, at ${percentage}% now`;
  const hint = `End it first with: hecate update route --domain ${domain} --rollback-canary (or --promote-canary)`;
  return refuse(conflict('canary-runs', message, hint));
}

/** Returns the end of a route's overlay of one kind; empty: none is in force. */
export function overlayEnd(state: State, kind: KindWithRole<'overlay'>, domain: string): Change[] {
  const held = find(state, kind, domain);
  return held ? [changeOf(kind, domain, held.value, null) as Change] : [];
}

/** Returns the end of all overlays of a route. */
export function overlaysEnd(state: State, domain: string): Change[] {
  return kindsWithRole('overlay').flatMap((kind) => overlayEnd(state, kind, domain));
}
