import { requiresSignIn } from '../../domain/identity/access.js';
import { isBaseChange } from '../../domain/log/base-kinds.js';
import { type Change, changeOf } from '../../domain/log/commit.js';
import type { Route } from '../../domain/resources/route.js';
import { all, find, type State, type StoredResource } from '../../domain/log/state.js';
import type { ErrorKind } from '../../domain/refusal.js';
import type { Decision } from '../operation.js';

/** An overlay that has to end, and why. */
export interface OverlayEnd {
  readonly change: Change;
  /** A sentence that names it. */
  readonly why: string;
}

/** The overlays in force that what is left after these changes can no longer bear; they end in the same commit. */
export function overlayEnds(state: State, changes: readonly Change[]): OverlayEnd[] {
  const base = changes.filter(isBaseChange);
  // Nothing lies over a route that is only made now.
  const overRoutes = base.flatMap((change) =>
    change.kind === 'Route' && change.before !== null ? endsOver(state, change.name, change.after) : [],
  );
  const gone = new Set(base.filter((c) => c.kind === 'Upstream' && c.after === null).map(({ name }) => name));
  const canaries = gone.size === 0 ? [] : all(state, 'Canary').filter(({ value }) => gone.has(value.upstream));
  const toGone = canaries.flatMap(({ name, value }) =>
    said('canary', canaryEnds(state, name), `upstream ${value.upstream} goes`),
  );
  const named = new Set(overRoutes.map(keyOf));
  return [...overRoutes, ...toGone.filter((end) => !named.has(keyOf(end)))];
}

function endsOver(state: State, domain: string, after: Route | null): OverlayEnd[] {
  if (after === null) {
    const why = 'its route goes';
    return [
      ...said('bypass', bypassEnds(state, domain), why),
      ...said('canary', canaryEnds(state, domain), why),
      ...said('failover', failoverEnds(state, domain), why),
    ];
  }
  return [
    ...(requiresSignIn(after) ? [] : said('bypass', bypassEnds(state, domain), 'its route asks nobody to sign in')),
    ...canaryEndsOver(state, after),
    ...(after.backupUpstream === null ? said('failover', failoverEnds(state, domain), 'its route has no backup') : []),
  ];
}

/** It is compared with the upstream that was there when it began. */
function canaryEndsOver(state: State, { domain, upstream }: Route): OverlayEnd[] {
  const ends = canaryEnds(state, domain);
  if (find(state, 'Canary', domain)?.value.upstream === upstream) {
    return said('canary', ends, 'its upstream is the route’s own');
  }
  const isMoved = find(state, 'Route', domain)?.value.upstream !== upstream;
  return isMoved ? said('canary', ends, 'the upstream that it is compared with changes') : [];
}

function said(what: string, changes: readonly Change[], why: string): OverlayEnd[] {
  return changes.map((change) => ({ change, why: `the ${what} of ${change.name} ends: ${why}` }));
}

function keyOf({ change }: OverlayEnd): string {
  return `${change.kind}/${change.name}`;
}

/** Says who started the canary that is in the way of something else. */
export function canaryRuns({ value, createdBy, createdAt }: StoredResource<'Canary'>): Decision {
  const { domain, upstream, percentage } = value;
  const message = `a canary to ${upstream} runs on ${domain}: started by ${createdBy} at ${createdAt}, at ${percentage}% now`;
  const hint = `End it first: hecate update route --domain ${domain} --promote-canary, or --rollback-canary`;
  return refusedCanary('conflict', 'canary-runs', message, hint);
}

/** A refusal that concerns a canary. */
export function refusedCanary(kind: ErrorKind, code: string, message: string, hint: string): Decision {
  return { kind: 'refuse', refusal: { kind, code, message, hint } };
}

/** The end of a route's bypass, where one is in the log; it goes with what it was about. */
export function bypassEnds(state: State, domain: string): Change[] {
  const held = find(state, 'Bypass', domain);
  return held ? [changeOf('Bypass', domain, held.value, null)] : [];
}

/** The end of a route's canary, where one runs. */
export function canaryEnds(state: State, domain: string): Change[] {
  const held = find(state, 'Canary', domain);
  return held ? [changeOf('Canary', domain, held.value, null)] : [];
}

/** The end of a route's failover, where one is in force. */
export function failoverEnds(state: State, domain: string): Change[] {
  const held = find(state, 'Failover', domain);
  return held ? [changeOf('Failover', domain, held.value, null)] : [];
}

/** The end of everything that lies over a route; for when the route goes. */
export function overlaysEnd(state: State, domain: string): Change[] {
  return [...bypassEnds(state, domain), ...canaryEnds(state, domain), ...failoverEnds(state, domain)];
}
