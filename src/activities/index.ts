// The activities: idempotent steps of the workflows, over ports. May import operations, domain, ports and workflows/contracts.
import { Context } from '@temporalio/activity';
import { all } from '../domain/log/state.js';
import { prefixIn } from '../domain/values/environment-name.js';
import { hostsOf } from '../domain/resources/route.js';
import type { CommitPass, Planned, WithPass } from '../workflows/contracts/plan.js';
import { sendAlert } from './alerts/send-alert.js';
import { testAlertSink } from './alerts/test-sink.js';
import { authorizeBackup } from './backup/scheduled-backup.js';
import { removeShipped } from './backup/join-shipped.js';
import { shipCommits } from './backup/ship-commits.js';
import { drillBackup, recordDrill } from './backup/scheduled-drill.js';
import { appendCommit } from './commit/append-commit.js';
import { admitBackup } from './backup/admit.js';
import { endBackup } from './backup/end.js';
import { packedOf, spooled } from './backup/pack.js';
import { endPrune, removeBackups } from './backup/prune.js';
import { sendBackup } from './backup/send.js';
import { createOutcomeRecorder } from './commit/record-outcome.js';
import { undoCommit } from './commit/undo-commit.js';
import type { Dependencies } from './dependencies.js';
import { asApplicationFailures, heartbeating, stoppable } from './failures.js';
import { applyIdentity } from './identity/apply-identity.js';
import { convergeIdentity, verifyIdentity } from './identity/converge-identity.js';
import { inspectHealth } from './inspect/inspect-health.js';
import { inspectProxyUse } from './inspect/inspect-proxy-use.js';
import { inspectIdentity } from './inspect/inspect-identity.js';
import { inspectRequests } from './inspect/inspect-requests.js';
import { lookAtCanary } from './overlays/look-at-canary.js';
import { lookAtProbation } from './probation/look-at-probation.js';
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
import { authorizeRotation, lookAtRotation } from './schedules/rotate-run.js';
import { convergeSchedules } from './schedules/converge-schedules.js';
import { claimSecrets } from './secrets/claim-secrets.js';
import { advanceRotation } from './secrets/rotation/advance-rotation.js';
import { revealSecret } from './secrets/reveal-secret.js';
import { exportIdentity } from './secrets/export-identity.js';
import { EXPORT_IDENTITY_KEY } from '../workflows/contracts/reveal.js';
import { DRILL_ATTEMPTS } from '../workflows/contracts/backup-run.js';
import { callerHere } from './trust/caller.js';
import { guarded } from './trust/guarded.js';
import { boundedSentences } from './trust/bounded.js';
import { passAfter, passOf } from './trust/commit-pass.js';
import { claimedSeal, identitySeal, memorySeal, stuckSeal } from './trust/guards.js';
import { createOwnSteps } from './trust/own-steps.js';
import { sealOf } from './trust/seal.js';
import { sealedPlanned } from './trust/sealed-planned.js';
import { isUnproven } from './trust/unproven.js';
import type { WorkerActivities } from './worker-activities.js';

/** An activity ends by itself this long before Temporal ends it, so that it can say why. */
const TIME_TO_ANSWER_MS = 3_000;

/** Creates every activity of the worker over its systems, behind its guard. */
export function createActivities(deps: Dependencies): WorkerActivities {
  const recordOutcome = createOutcomeRecorder(deps);
  const ownSteps = createOwnSteps();
  const systems = new Set(['authentik', ...deps.proxies.map(({ name }) => name)]);
  const activities = guarded(
    { ...deps, ownSteps },
    {
      async planOperation(authority, request) {
        const planned = await planOperation(deps, authority, request);
        // Written while the operation was planned; nothing may leave before it is certain.
        await authority.taken();
        if (planned.kind === 'planned') deps.traffic.planned(request.id);
        ownSteps.add(request.id, 'planned');
        return sealedPlanned(deps, authority.caller, request, planned);
      },
      async previewOperation(authority, request) {
        const preview = await heartbeating(() => previewOperation(deps, authority, { ...request, isPreview: true }));
        await authority.taken();
        return preview;
      },
      async claimSecrets(_, claims) {
        await heartbeating(() => claimSecrets(deps, claims));
        return sealOf(deps, claimedSeal(callerHere(), claims));
      },
      surveyImpact: async (_, plan) => surveyImpact(deps, await unpacked(deps, plan)),
      async appendCommit(_, request, _workflowId, plan) {
        const caller = callerHere();
        try {
          const committed = await appendCommit(deps, request, caller.workflowId, await unpacked(deps, plan));
          if (committed.kind === 'committed') {
            ownSteps.add(request.id, 'committed');
            return { ...committed, pass: passOf(deps, caller, { plan, sequence: committed.position.sequence }) };
          }
          deps.traffic.arrived(request.id);
          return committed;
        } finally {
          ownSteps.remove(request.id, 'appending');
        }
      },
      async convergeProxies(pass, id, position) {
        deps.traffic.arrived(id);
        const converged = await heartbeating(() => deps.converger.converge(id, position));
        if (converged.kind !== 'live' || pass === null) return converged;
        const refused = (converged.refusing ?? []).map(({ proxy }) => proxy);
        const left = { behind: converged.behind, refused };
        return {
          ...converged,
          ...withPass(passAfter(deps, callerHere(), { pass, step: { kind: 'proxies' }, ...left })),
        };
      },
      async verifyProxies(pass, plan, position, except = []) {
        const proxies = deps.proxies.filter(({ name }) => !except.includes(name));
        const verified = await verifyProxies({ ...deps, proxies }, plan, position);
        if (verified.kind !== 'verified') return verified;
        return { ...verified, ...withPass(passAfter(deps, callerHere(), { pass, step: { kind: 'verification' } })) };
      },
      async undoCommit(_, id, reason) {
        const undone = await heartbeating(() => undoCommit(deps, id, boundedSentences(reason)));
        if (undone.kind !== 'stuck') return undone;
        return { ...undone, seal: sealOf(deps, stuckSeal(callerHere(), id, undone.message)) };
      },
      async convergeIdentity(pass, id, position, phases, isOptional = false) {
        await heartbeating((signal, report) => {
          const withinMs = Context.current().info.startToCloseTimeoutMs - TIME_TO_ANSWER_MS;
          return convergeIdentity(deps, id, { position, phases, isOptional, withinMs }, { signal, report });
        });
        return passAfter(deps, callerHere(), { pass, step: { kind: 'identity' } });
      },
      async verifyIdentity(pass, hosts) {
        const { state } = await deps.log.view();
        const served = new Set(all(state, 'Route').flatMap(({ value }) => hostsOf(value)));
        await heartbeating((signal) =>
          verifyIdentity(
            deps,
            hosts.filter((host) => served.has(host)),
            signal,
          ),
        );
        return passAfter(deps, callerHere(), { pass, step: { kind: 'sign-in', hosts } });
      },
      async applyIdentity(since, phase) {
        const { logId } = await deps.log.view();
        const run = await heartbeating((signal, report) => applyIdentity(deps, { phase, since }, signal, report));
        return { ...run, seal: sealOf(deps, identitySeal(logId, { ...run, phase })) };
      },
      readBypass: (_, domain) => readBypass(deps, { domain, prefix: prefixIn(callerHere().workflowId) }),
      async lookAtCanary(memory, domain) {
        const prefix = prefixIn(callerHere().workflowId);
        const look = await lookAtCanary(deps, { domain, prefix, now: deps.now(), memory });
        return look && { ...look, memory: { ...look.memory, seal: sealOf(deps, memorySeal(domain, look.memory)) } };
      },
      lookAtProbation: (_, operation) =>
        lookAtProbation(deps, { operation, prefix: prefixIn(callerHere().workflowId) }),
      tendRotation: (_, name, initiator) => deps.rotationWatch.tend(name, initiator),
      advanceRotation: (_, name) => advanceRotation(deps, name, callerHere()),
      tendCanary: (_, domain, initiator) => deps.canaryWatch.tend(domain, initiator),
      async inspectRoutes(authority, question) {
        await authority.taken();
        return heartbeating(() => inspectHealth(deps, question));
      },
      async inspectRequests(authority, question) {
        await authority.taken();
        return heartbeating(() => inspectRequests(deps, question));
      },
      async inspectProxyUse(authority, question) {
        await authority.taken();
        return heartbeating(() => inspectProxyUse(deps, question));
      },
      async inspectIdentityProvider(authority) {
        await authority.taken();
        return heartbeating(() => inspectIdentity(deps));
      },
      async revealSecret(authority, question) {
        await authority.taken();
        return heartbeating(() =>
          question.operation === EXPORT_IDENTITY_KEY
            ? exportIdentity(deps, authority, question)
            : revealSecret(deps, authority, question),
        );
      },
      async inspectDrift(authority, request) {
        await authority.taken();
        const report = await heartbeating(() => inspectDrift(deps, request));
        return request.isDryRun ? report : { ...report, grant: grantFor(deps, authority.caller, request, report) };
      },
      async admitBackup(authority, request) {
        await authority.taken();
        return heartbeating(() => admitBackup(deps, authority, request));
      },
      packBackup: (_, grant) =>
        stoppable(async (signal, report) =>
          packedOf(await spooled(deps, callerHere().runId, grant, { signal, report })),
        ),
      sendBackup: (_, grant, place) =>
        stoppable((signal, report) => sendBackup(deps, callerHere(), { grant, place }, { signal, report })),
      endBackup: (_, grant, ending) => heartbeating(() => endBackup(deps, callerHere(), { grant, ending })),
      removeBackups: (_, grant, place) => stoppable((signal) => removeBackups(deps, { grant, place }, { signal })),
      endPrune: (_, grant, problems, isCancelled) =>
        heartbeating(() => endPrune(deps, callerHere(), { grant, problems, isCancelled })),
      authorizeStep: (_, grant, step) => authorizeStep(deps, callerHere(), { grant, step }),
      repairProxies: (_, names, grant) =>
        heartbeating(() => {
          const granted = names.filter((name) => grant?.proxies.includes(name));
          return deps.converger.repair(granted, { takes: grant?.request.yes === true });
        }),
      repairIdentity: (_, grant) =>
        heartbeating(async (signal) => {
          if (grant?.repairsIdentity !== true) return 0;
          return repairIdentity(deps, signal);
        }),
      async convergeSchedules(pass, names) {
        const differed = await convergeSchedules(deps, names);
        const step = { kind: 'schedules', names: names ?? [] } as const;
        return { differed, ...withPass(passAfter(deps, callerHere(), { pass, step })) };
      },
      admitScheduledRun: (_, run) => admitScheduledRun({ ...deps, recordOutcome }, run, callerHere()),
      authorizeRotation: (_, grant, secret) =>
        authorizeRotation({ ...deps, recordOutcome }, callerHere(), { grant, secret }),
      authorizeBackup: (_, grant, step) => authorizeBackup(deps, callerHere(), { grant, step }),
      removeShipped: (_, grant) =>
        heartbeating(async (signal) => (grant.action.continuous ? removeShipped(deps, grant, { signal }) : [])),
      shipCommits: () =>
        heartbeating((signal, report) =>
          shipCommits(deps, callerHere(), { signal, report, clock: () => performance.now(), sleep: pause }),
        ),
      async recordDrill(authority, request) {
        await authority.taken();
        await recordDrill({ recordOutcome }, callerHere(), request);
      },
      drillBackup: (_, grant) =>
        heartbeating((signal, report) =>
          drillBackup({ ...deps, recordOutcome }, callerHere(), grant, { signal, report, isLast: isLastDrill() }),
        ),
      lookAtRotation: (_, secret, rotation) => lookAtRotation(deps, secret, rotation),
      sendAlert: (_, notification, goneRevision) => heartbeating(() => sendAlert(deps, notification, goneRevision)),
      async testAlertSink(authority, question) {
        await authority.taken();
        return heartbeating(() => testAlertSink(deps, question));
      },
      // Its guard lets nobody through.
      refuseInput: (never) => Promise.reject(never),
      async recordOutcome(recordable, id, result, detail, behind) {
        if (recordable.isEnded) return;
        const { attempt, left = [] } = recordable;
        // What a completed operation left is in its pass, but for leftovers in authentik.
        const claimed: readonly unknown[] = Array.isArray(behind) ? behind : [];
        const named = [...systems].filter((name) => left.includes(name) || claimed.includes(name));
        const said = detail === null || result === 'completed' ? null : boundedSentences(detail);
        await recordOutcome(id, result, said, named, attempt);
      },
    },
    {
      planOperation: refusedPlan,
      previewOperation: (failure) => ({ planned: refusedPlan(failure), impact: null }),
    },
  );
  return asApplicationFailures(activities);
}

function isLastDrill(): boolean {
  return Context.current().info.attempt >= DRILL_ATTEMPTS;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function withPass(pass: CommitPass | undefined): WithPass {
  return pass === undefined ? {} : { pass };
}

/** A refusal of an unproven request is in the history already. */
function refusedPlan(failure: Parameters<typeof plannedOf>[0]): Planned {
  const planned = plannedOf(failure);
  return planned.kind === 'refused' && isUnproven(failure) ? { ...planned, isRecorded: true } : planned;
}
