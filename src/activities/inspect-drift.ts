import type { Drift } from '../domain/drift.js';
import { hostOfLabel } from '../domain/item-identity.js';
import { all, find, type State } from '../domain/state.js';
import type { DriftReport, ReconcileComponent, ReconcileRequest } from '../workflows/reconcile-activities.js';
import type { Dependencies } from './dependencies.js';
import { cutDrift, LONGEST_LIST } from './cut-drift.js';
import { identityDrift } from './identity-drift.js';
import { sourceReports } from './source-reports.js';

/** Compares Git, the log with the exceptions in force, and what the servers really run. Writes nothing. */
export async function inspectDrift(deps: Dependencies, request: ReconcileRequest): Promise<DriftReport> {
  const { state } = await deps.log.view();
  const { component } = request;
  const looksAt = (...components: ReconcileComponent[]) => component === 'all' || components.includes(component);
  const [sources, proxies, identity] = await Promise.all([
    sourceReports(deps, state, request),
    looksAt('routes', 'upstreams') ? proxyReports(deps, state) : [],
    looksAt('auth-policies') ? identityDrift(deps, state, request) : null,
  ]);
  const { differences = null, count = 0 } = identity ?? {};
  return { sources, proxies, identity: differences, identityCount: count, overlays: overlaysIn(state) };
}

async function proxyReports({ converger }: Dependencies, state: State): Promise<DriftReport['proxies']> {
  const found = await converger.drift();
  return found.map(({ proxy, differences }) => ({
    proxy,
    count: differences?.length ?? 0,
    differences:
      differences?.slice(0, LONGEST_LIST).map((one) => ({ ...cutDrift(one), ...wantedSince(state, one) })) ?? null,
  }));
}

function wantedSince(state: State, { object }: Drift) {
  const held = find(state, 'Route', hostOfLabel(object) ?? '');
  return { since: held?.updatedAt ?? null, by: held?.updatedBy ?? null };
}

function overlaysIn(state: State): string[] {
  return [
    ...all(state, 'Bypass').map(({ name, value }) => `bypass of sign-in on ${name} until ${value.until}`),
    ...all(state, 'Canary').map(({ name, value }) => `canary on ${name}: ${value.percentage}% to ${value.upstream}`),
    ...all(state, 'Failover').map(({ name, value }) => `failover of ${name} since ${value.since}`),
  ];
}
