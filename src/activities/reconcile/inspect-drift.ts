import type { Change } from '../../domain/log/commit.js';
import type { Drift } from '../../domain/drift/drift.js';
import { hostOfLabel } from '../../domain/drift/item-key.js';
import { definitionOf, kindsWithRole, resourceKinds, type KindWithRole } from '../../domain/resources/kinds.js';
import { all, find, type State, type StoredResource } from '../../domain/log/state.js';
import { claimAdvice, claimText, isClaim } from '../../domain/drift/claims.js';
import { whyNotTaken } from '../../domain/drift/adopt.js';
import { Failure } from '../../ports/failure.js';
import type { DriftingSystem } from '../../domain/resources/definition.js';
import type { DriftReport, ReconcileRequest } from '../../workflows/contracts/reconcile.js';
import { lostByRepair } from './lost-by-repair.js';
import { adoption } from './adoption.js';
import { cutDrift, LONGEST_LIST, bounded } from './report-limits.js';
import type { Dependencies } from '../dependencies.js';
import { identityDrift } from './identity-drift.js';
import { scheduleReport } from './schedule-report.js';
import { sourceReports } from './source-reports.js';

/** Compares Git, the log with its overlays, and the servers. Writes nothing. */
export async function inspectDrift(deps: Dependencies, request: ReconcileRequest): Promise<DriftReport> {
  const { state } = await deps.log.view();
  const { component } = request;
  const looksAt = (system: DriftingSystem) =>
    resourceKinds
      .map(definitionOf)
      .some(({ driftsIn, plural }) => driftsIn === system && (component === 'all' || component === plural));
  const looksAtProxies = looksAt('proxy');
  const adopted = request.adopt && looksAtProxies ? await adoption(deps, state, request.actor) : null;
  const [sources, proxies, identity, schedules, vault] = await Promise.all([
    sourceReports(deps, state, request),
    looksAtProxies ? proxyReports(deps, { state, request, adopted: adopted?.changes ?? null }) : [],
    looksAt('identity') ? identityDrift(deps, state, request) : null,
    looksAt('scheduler') ? scheduleReport(deps, state) : {},
    looksAtProxies ? vaultProblem(deps) : null,
  ]);
  const { differences = null, count = 0, problem, problemKind } = identity ?? {};
  const boundedAdoption = adopted && { ...adopted, changes: bounded(adopted.changes), count: adopted.changes.length };
  const found = {
    sources,
    proxies,
    identity: differences,
    identityCount: count,
    ...(problem === undefined ? {} : { identityProblem: problem }),
    ...schedules,
    ...(problemKind === undefined ? {} : { identityProblemKind: problemKind }),
    ...(vault === null ? {} : { secretsProblem: vault.message, secretsProblemKind: vault.kind }),
  };
  return { ...found, adoption: boundedAdoption, overlays: overlaysIn(state) };
}

/** Returns the reason why Vault does not answer; null: it does, or none is configured. Secrets in memory would hide it. */
async function vaultProblem({ secrets }: Dependencies): Promise<Failure | null> {
  try {
    await secrets?.read('tls/none');
    return null;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

/** `adopted`: the changes that adopting makes; null: nothing is adopted. */
async function proxyReports(
  { converger, proxies, log }: Dependencies,
  {
    state,
    request,
    adopted,
  }: { readonly state: State; readonly request: ReconcileRequest; readonly adopted: readonly Change[] | null },
): Promise<DriftReport['proxies']> {
  const [found, { logId }] = await Promise.all([converger.drift(), log.view()]);
  const reports = found.map(async ({ proxy: name, differences: drifted }) => {
    const differences = drifted?.map(({ hosts: _, ...one }) => one) ?? null;
    const proxy = proxies.find((one) => one.name === name);
    const mayLose = proxy !== undefined && drifted !== null && adopted === null && request.yes !== true;
    const lost = mayLose ? await lostByRepair({ proxies, proxy, logId }, state, drifted) : null;
    const { unasked } = lost ?? { unasked: 0 };
    const claims = proxy !== undefined && request.yes !== true && drifted?.some(isClaim) ? await proxy.claims() : [];
    const claimed = claims.length === 0 ? [] : [`${claims.map(claimText).join('; ')}. ${claimAdvice(claims)}`];
    const held = claimed.length > 0 ? claimed : (lost?.held ?? []);
    return {
      proxy: name,
      count: differences?.length ?? 0,
      differences:
        differences?.slice(0, LONGEST_LIST).map((one) => ({
          ...cutDrift(one),
          ...wantedSince(state, one),
          notAdopted: adopted === null ? null : whyNotTaken(one, adopted),
        })) ?? null,
      ...(held.length === 0 ? {} : { held }),
      ...(unasked > 0 ? { unasked } : {}),
    };
  });
  return Promise.all(reports);
}

function wantedSince(state: State, { object }: Drift) {
  const held = find(state, 'Route', hostOfLabel(object) ?? '');
  return { since: held?.updatedAt ?? null, by: held?.updatedBy ?? null };
}

function overlaysIn(state: State): string[] {
  return kindsWithRole('overlay').flatMap((kind) => lines(state, kind));
}

type OverlayKind = KindWithRole<'overlay'>;

function lines<K extends OverlayKind>(state: State, kind: K): string[] {
  return all(state, kind).map(overlayText[kind]);
}

/** Returns one line on an overlay in force, by kind. */
const overlayText: { readonly [K in OverlayKind]: (overlay: StoredResource<K>) => string } = {
  Bypass: ({ name, value }) => `bypass of sign-in on ${name} until ${value.until}`,
  Canary: ({ name, value }) => `canary on ${name}: ${value.percentage}% to ${value.upstream}`,
  Failover: ({ name, value }) => `failover of ${name} since ${value.since}`,
};
