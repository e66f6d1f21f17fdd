// The activities: idempotent steps of the workflows, over ports. May import operations, domain, ports and workflows/contracts.
import { Context } from '@temporalio/activity';
import { all } from '../domain/log/state.js';
import { prefixIn } from '../domain/values/environment-name.js';
import { hostsOf } from '../domain/resources/route.js';
import type { Planned } from '../workflows/contracts/plan.js';
import { appendCommit } from './commit/append-commit.js';
import { createOutcomeRecorder } from './commit/record-outcome.js';
import { undoCommit } from './commit/undo-commit.js';
import type { Dependencies } from './dependencies.js';
import { asApplicationFailures, heartbeating } from './failures.js';
import { applyIdentity } from './identity/apply-identity.js';
import { convergeIdentity, verifyIdentity } from './identity/converge-identity.js';
import { inspectHealth } from './inspect/inspect-health.js';
import { inspectIdentity } from './inspect/inspect-identity.js';
import { lookAtCanary } from './overlays/look-at-canary.js';
import { readBypass } from './overlays/read-bypass.js';
import { planOperation, plannedOf } from './plan/plan-operation.js';
import { previewOperation } from './plan/preview-operation.js';
import { unpacked } from './plan/sealed-plan.js';
import { surveyImpact } from './plan/survey-impact.js';
import { verifyProxies } from './proxies/verify-proxies.js';
import { authorizeStep, grantFor } from './reconcile/grant.js';
import { inspectDrift } from './reconcile/inspect-drift.js';
import { repairIdentity } from './reconcile/repair-identity.js';
import { admitScheduledRun } from './schedules/admit-run.js';
import { convergeSchedules } from './schedules/converge-schedules.js';
import { claimSecrets } from './secrets/claim-secrets.js';
import { callerHere } from './trust/caller.js';
import { guarded } from './trust/guarded.js';
import { commitSeal, memorySeal } from './trust/guards.js';
import { sealOf } from './trust/seal.js';
import { sealedPlanned } from './trust/sealed-planned.js';
import { isUnproven } from './trust/unproven.js';
import type { WorkerActivities } from './worker-activities.js';

/** An activity ends by itself this long before Temporal ends it, so that it can say why. */
const TIME_TO_ANSWER_MS = 3_000;

/** Creates every activity of the worker over its systems, behind its guard. */
export function createActivities(deps: Dependencies): WorkerActivities {
  const recordOutcome = createOutcomeRecorder(deps);
  const activities = guarded(
    deps,
    {
      async planOperation(authority, request) {
        const planned = await planOperation(deps, authority, request);
        // Written while the operation was planned; nothing may leave before it is certain.
        await authority.taken();
        if (planned.kind === 'planned') deps.traffic.planned(request.id);
        return sealedPlanned(deps, authority.caller, request, planned);
      },
      async previewOperation(authority, request) {
        const preview = await heartbeating(() => previewOperation(deps, authority, { ...request, isPreview: true }));
        await authority.taken();
        return preview;
      },
      claimSecrets: (_, claims) => heartbeating(() => claimSecrets(deps, claims)),
      surveyImpact: async (_, plan) => surveyImpact(deps, await unpacked(deps, plan)),
      async appendCommit(_, request, _workflowId, plan) {
        const caller = callerHere();
        const committed = await appendCommit(deps, request, caller.workflowId, await unpacked(deps, plan));
        if (committed.kind === 'committed') return { ...committed, seal: sealOf(deps, commitSeal(caller, request.id)) };
        deps.traffic.arrived(request.id);
        return committed;
      },
      convergeProxies(_, id, position) {
        deps.traffic.arrived(id);
        return heartbeating(() => deps.converger.converge(id, position));
      },
      verifyProxies: (_, plan, position, except = []) =>
        verifyProxies({ ...deps, proxies: deps.proxies.filter(({ name }) => !except.includes(name)) }, plan, position),
      undoCommit: (_, id, reason) => heartbeating(() => undoCommit(deps, id, reason)),
      convergeIdentity: (_, id, position, phases, isOptional = false) =>
        heartbeating((signal, report) => {
          const withinMs = Context.current().info.startToCloseTimeoutMs - TIME_TO_ANSWER_MS;
          return convergeIdentity(deps, id, { position, phases, isOptional, withinMs }, { signal, report });
        }),
      async verifyIdentity(_, hosts) {
        const { state } = await deps.log.view();
        const served = new Set(all(state, 'Route').flatMap(({ value }) => hostsOf(value)));
        await heartbeating((signal) =>
          verifyIdentity(
            deps,
            hosts.filter((host) => served.has(host)),
            signal,
          ),
        );
      },
      applyIdentity: (_, phase, since) =>
        heartbeating((signal, report) => applyIdentity(deps, { phase, since }, signal, report)),
      readBypass: (_, domain) => readBypass(deps, { domain, prefix: prefixIn(callerHere().workflowId) }),
      async lookAtCanary(memory, domain) {
        const prefix = prefixIn(callerHere().workflowId);
        const look = await lookAtCanary(deps, { domain, prefix, now: deps.now(), memory });
        return look && { ...look, memory: { ...look.memory, seal: sealOf(deps, memorySeal(domain, look.memory)) } };
      },
      tendCanary: (_, domain, initiator) => deps.canaryWatch.tend(domain, initiator),
      async inspectRoutes(authority, question) {
        await authority.taken();
        return heartbeating(() => inspectHealth(deps, question));
      },
      async inspectIdentityProvider(authority) {
        await authority.taken();
        return heartbeating(() => inspectIdentity(deps));
      },
      async inspectDrift(authority, request) {
        await authority.taken();
        const report = await heartbeating(() => inspectDrift(deps, request));
        return request.isDryRun ? report : { ...report, grant: grantFor(deps, authority.caller, request, report) };
      },
      authorizeStep: (_, grant, step) => authorizeStep(deps, callerHere(), { grant, step }),
      repairProxies: (_, names, grant) =>
        heartbeating(() => deps.converger.repair(names.filter((name) => grant?.proxies.includes(name)))),
      repairIdentity: (_, grant) =>
        heartbeating(async (signal) => {
          if (grant?.repairsIdentity !== true) return 0;
          return repairIdentity(deps, signal);
        }),
      convergeSchedules: (_, names) => convergeSchedules(deps, names),
      admitScheduledRun: (_, run) => admitScheduledRun({ ...deps, recordOutcome }, run, callerHere()),
      async recordOutcome(recordable, id, result, detail, behind) {
        if (!recordable.isEnded) await recordOutcome(id, result, detail, behind, recordable.attempt);
      },
    },
    {
      planOperation: refusedPlan,
      previewOperation: (failure) => ({ planned: refusedPlan(failure), impact: null }),
    },
  );
  return asApplicationFailures(activities);
}

/** A refusal of an unproven request is in the history already. */
function refusedPlan(failure: Parameters<typeof plannedOf>[0]): Planned {
  const planned = plannedOf(failure);
  return planned.kind === 'refused' && isUnproven(failure) ? { ...planned, isRecorded: true } : planned;
}
