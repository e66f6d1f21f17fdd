import { prefixIn } from '../../domain/values/environment-name.js';
import { operationWorkflowId } from '../../workflows/contracts/operation.js';
import type { OperationRequest } from '../../workflows/contracts/plan.js';
import type {
  DriftReport,
  GrantedSource,
  ReconcileGrant,
  ReconcileRequest,
  ReconcileStep,
  SourceReport,
} from '../../workflows/contracts/reconcile.js';
import type { Dependencies } from '../dependencies.js';
import { planOperation } from '../plan/plan-operation.js';
import type { Caller } from '../trust/caller.js';
import { grantSeal } from '../trust/guards.js';
import { sealOf } from '../trust/seal.js';
import { sealedRequest } from '../trust/sealed-request.js';
import { authorityOf } from '../trust/verify-request.js';

/** Returns the grant of a run that may remove this drift. */
export function grantFor(
  deps: Pick<Dependencies, 'seals' | 'sha256'>,
  caller: Caller,
  request: ReconcileRequest,
  { sources, proxies, identity, adoption = null }: DriftReport,
): ReconcileGrant {
  const { actor, onBehalfOf, reason, prune, pruneLimit, yes } = request;
  const grant = {
    request: {
      ...{ actor, reason, prune },
      ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
      ...(pruneLimit === undefined ? {} : { pruneLimit }),
      ...(yes === undefined ? {} : { yes }),
    },
    sources: sources.map(grantedSource),
    adopts: request.adopt && adoption !== null,
    proxies: proxies.flatMap(({ proxy, count, held = [] }) => (count > 0 && held.length === 0 ? [proxy] : [])),
    repairsIdentity: (identity?.length ?? 0) > 0,
  };
  return { ...grant, seal: sealOf(deps, grantSeal(caller, grant)) };
}

function grantedSource({
  name,
  location,
  sha,
  isNew,
  notApplied = null,
  problem,
  held = [],
  recorded = [],
}: SourceReport): GrantedSource {
  const isApplied = isNew && location !== null && notApplied === null;
  const isSettled = !isApplied && problem === null && location !== null;
  const isRecorded = held.join('\n') === recorded.join('\n');
  return { name, location, sha, isNew: isApplied, held: isSettled && !isRecorded ? held : null };
}

/**
 * Returns the sealed request of a step that a grant allows; null: nothing is to be done. A new commit that is not applied is
 * planned again for the reason, since the workflow's word for it proves nothing.
 */
export async function authorizeStep(
  deps: Dependencies,
  caller: Caller,
  { grant, step }: { readonly grant: ReconcileGrant; readonly step: ReconcileStep },
): Promise<OperationRequest | null> {
  if (step.kind === 'adopt') {
    const { yes } = grant.request;
    const input = yes === undefined ? {} : { yes };
    return grant.adopts
      ? requestOf(deps, caller, grant, { operation: 'state.adopt', subject: 'proxies', input })
      : null;
  }
  const source = grant.sources.find(({ name }) => name === step.source);
  if (source === undefined) return null;
  const apply = applyOf(deps, caller, grant, source);
  if (step.kind === 'apply') return apply;
  const reasons = apply === null ? source.held : await whyNotApplied(deps, caller, await apply);
  if (reasons === null) return null;
  const { name, sha } = source;
  return requestOf(deps, caller, grant, { operation: 'source.hold', subject: name, input: { name, sha, reasons } });
}

function applyOf(
  deps: Dependencies,
  caller: Caller,
  grant: ReconcileGrant,
  { isNew, location, sha }: GrantedSource,
): Promise<OperationRequest> | null {
  if (!isNew || location === null) return null;
  const { prune, pruneLimit, yes } = grant.request;
  const limits = { ...(pruneLimit === undefined ? {} : { pruneLimit }), ...(yes === undefined ? {} : { yes }) };
  const input = { fromGit: location, prune, ...limits, ...(sha === null ? {} : { commit: sha }), holds: true };
  return requestOf(deps, caller, grant, { operation: 'manifests.apply', subject: location, input });
}

async function whyNotApplied(
  deps: Dependencies,
  caller: Caller,
  { proof: _proof, ...request }: OperationRequest,
): Promise<readonly string[] | null> {
  const authority = await authorityOf(deps, caller, request.actor);
  const planned = await planOperation(deps, authority, { ...request, isPreview: true });
  if (planned.kind !== 'refused' || planned.refusal.code.startsWith('system-')) return null;
  return [planned.refusal.message];
}

function requestOf(
  deps: Dependencies,
  caller: Caller,
  { request: { actor, onBehalfOf, reason } }: ReconcileGrant,
  what: Pick<OperationRequest, 'operation' | 'subject' | 'input'>,
): Promise<OperationRequest> {
  const request: OperationRequest = {
    id: deps.newId(),
    ...what,
    actor,
    ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
    reason: reason === null ? 'reconcile' : `reconcile: ${reason}`,
  };
  return sealedRequest(deps, {
    purpose: 'operation',
    workflowId: operationWorkflowId(prefixIn(caller.workflowId), request),
    request,
  });
}
