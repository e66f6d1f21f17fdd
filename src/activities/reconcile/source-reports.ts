import { withoutBookkeeping } from '../../domain/log/commit.js';
import { isSame } from '../../domain/data/fields.js';
import { heldText } from '../../domain/log/later-change.js';
import { missingPrerequisites, type Desired } from '../../domain/manifests/desired.js';
import { neededPast } from '../../domain/manifests/merge/questions.js';
import { mergeSource, type MergeOptions } from '../../domain/manifests/merge/source.js';
import { isPlainFolder, type Source } from '../../domain/resources/source.js';
import { all, type State } from '../../domain/log/state.js';
import {
  applyManifests,
  noManifests,
  pruneProblem,
  USUAL_PRUNE_LIMIT,
} from '../../operations/manifests/apply-manifests.js';
import { Failure } from '../../ports/failure.js';
import type { ReconcileRequest, SourceReport } from '../../workflows/contracts/reconcile.js';
import { aheadOf } from './ahead-of-source.js';
import { bounded } from './report-limits.js';
import { decideOperation } from '../plan/decide-operation.js';
import { readApplies } from '../history/read-applies.js';
import type { Dependencies } from '../dependencies.js';
import type { LogReader } from '../../ports/event-log.js';

const FOLDER = 'a folder: only the person who applied it can read it';

/** Compares each requested source with the log. Writes nothing. */
export async function sourceReports(
  deps: Dependencies,
  state: State,
  request: ReconcileRequest,
): Promise<SourceReport[]> {
  const known = all(state, 'Source').map((held) => held.value);
  if (request.fromGit === null) {
    const readable = known.filter((source) => locationOf(source) !== null);
    if (request.fromCommit !== null && readable.length !== 1) throw whichSource(readable);
    return Promise.all(known.map((source) => reportOn(deps, state, { request, source, location: locationOf(source) })));
  }
  const [url = ''] = request.fromGit.split('#', 1);
  const source = known.find(({ repository }) => repository === url) ?? null;
  return [await reportOn(deps, state, { request, source, location: request.fromGit })];
}

interface Asked {
  readonly request: ReconcileRequest;
  /** The source as it was applied last; null: never. */
  readonly source: Source | null;
  readonly location: string | null;
}

async function reportOn(deps: Dependencies, state: State, { request, source, location }: Asked): Promise<SourceReport> {
  const recorded = source?.held ? { recorded: source.held.reasons } : {};
  const base = { name: source?.name ?? location ?? '', location, appliedSha: source?.sha ?? null, ...recorded };
  const unknown = { ...base, sha: null, isNew: false, ahead: [] };
  if (location === null) return { ...unknown, problem: FOLDER };
  try {
    const desired = await deps.desired.read({ kind: 'git', url: location, commit: request.fromCommit });
    const { sha } = desired.source;
    const tooOld = request.fromCommit === null ? await whyNotApplied(deps, location, { source, sha }) : null;
    const isLast = request.fromCommit === null ? isAt(source, sha ?? '') : sha === base.appliedSha;
    const isOld = isLast || tooOld !== null;
    // A part of the last commit is held: merge it again, since a person may have decided since.
    const isHeld = isLast && source?.held?.sha === sha;
    const merge = isOld ? await mergeOf(deps, state, desired, { prunes: request.prune, isOld: !isHeld }) : null;
    const heldNow = isHeld && merge !== null ? merge.held.map((one) => heldText(one)) : [];
    const isDecided = isHeld && (merge?.changes.length !== 0 || !isSame(heldNow, source.held?.reasons));
    const isNew = !isOld || isDecided;
    const unwanted = isNew && request.component !== 'all' ? wholeOnly(request) : tooOld;
    // A commit that was applied before was valid then; what is missing since shows as a difference of the log.
    const problems = isNew
      ? [
          ...desired.problems,
          ...missingPrerequisites(state, desired).map(({ problem }) => problem),
          ...(desired.resources.length + desired.problems.length === 0 ? [noManifests(location).message] : []),
        ]
      : [];
    if (problems.length > 0) {
      if (isNamed(request)) throw new Failure('invalid', problems.join('\n'));
      return { ...unknown, sha, problem: problems.join('\n') };
    }
    const { component } = request;
    // A commit that was refused before is planned first: each refused attempt would be an entry in the log.
    const wasHeld = source?.held?.sha === sha;
    const tried = isNew && (request.isDryRun || wasHeld) ? await planned(deps, state, desired, request) : null;
    const notApplied = unwanted ?? (request.isDryRun ? null : (tried?.report.refusal ?? null));
    // The apply itself tells what it holds.
    const plan = request.isDryRun || notApplied !== null ? tried : null;
    const found = plan?.merge?.ahead ?? (isNew ? [] : (merge?.ahead ?? []));
    const ahead = isNew && plan === null ? [] : await aheadOf(deps, state, { desired, component, ahead: found });
    const held = [...(tooOld === null ? [] : [tooOld]), ...(plan?.held ?? (isNew ? [] : heldNow))];
    return {
      ...{ ...base, sha, isNew, notApplied, ahead: bounded(ahead), aheadCount: ahead.length, problem: null },
      ...(held.length > 0 ? { held } : {}),
      ...(plan === null ? {} : plan.report),
    };
  } catch (error) {
    // A source named by the caller must be readable; a remembered one that is not is only reported.
    if (!(error instanceof Failure) || isNamed(request)) throw error;
    return { ...unknown, problem: error.message };
  }
}

async function mergeOf(
  { log }: Dependencies,
  state: State,
  desired: Desired,
  options: Pick<MergeOptions, 'prunes' | 'isOld'>,
) {
  const upTo = state.head?.sequence ?? 0;
  const past = await readApplies(log, { kind: 'applies', ...neededPast(state, desired), upTo });
  return mergeSource(state, desired, { past, winner: 'ours', overwrites: false, ...options });
}

/** Returns what applying the manifests would change, without the bookkeeping of their source, and why it would be refused. */
async function planned(
  deps: Dependencies,
  state: State,
  desired: Desired,
  { prune, pruneLimit = USUAL_PRUNE_LIMIT, yes = false, actor, reason }: ReconcileRequest,
) {
  const input = { fromGit: desired.source.name, prune, pruneLimit, yes, overwrite: false, holds: true };
  // As a preview, so that changes refused only for their number are still shown.
  const request = { actor, reason, isPreview: true as const };
  const { decided } = await decideOperation(deps, applyManifests, { request, input, desired, restored: null }, state);
  const isRefused = decided.kind === 'refuse';
  const all = isRefused ? (await mergeOf(deps, state, desired, { prunes: prune })).changes : decided.changes;
  const changes = withoutBookkeeping(all);
  const pruned = changes.filter(({ after }) => after === null);
  const limits = { pruned, pruneLimit, yes };
  const refusal = isRefused ? decided.refusal : prune ? pruneProblem(state, desired, limits) : null;
  const merge = isRefused ? undefined : decided.merge;
  return {
    merge,
    held: [...(merge?.held.map((one) => heldText(one)) ?? []), ...(refusal === null ? [] : [refusal.message])],
    report: { changes: bounded(changes), changeCount: changes.length, refusal: refusal?.message ?? null },
  };
}

/** Returns why a commit is not applied automatically, or null. It is applied once, and only when the last applied one is known to be older. */
async function whyNotApplied(
  { log, desired }: Dependencies,
  url: string,
  { source, sha }: { readonly source: Source | null; readonly sha: string | null },
): Promise<string | null> {
  if (source === null || sha === null || isAt(source, sha)) return null;
  const explicitly = `to apply it anyway: hecate update apply --from-git ${url}`;
  if (await appliedBefore(log, source.name, sha))
    return `it was applied before, and another commit since; ${explicitly}`;
  const last = source.sha ?? source.head;
  if (last === null) return null;
  try {
    await desired.read({ kind: 'git', url, commit: last });
    return null;
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== 'missing') throw error;
    return `the repository does not have ${last.slice(0, 12)}, the commit applied last, so this one may be older; ${explicitly}`;
  }
}

function wholeOnly({ component }: ReconcileRequest): string {
  return `a commit is applied as a whole; run it without --component ${component}`;
}

function isNamed({ fromGit, fromCommit }: ReconcileRequest): boolean {
  return fromGit !== null || fromCommit !== null;
}

function locationOf(source: Source): string | null {
  const { name, repository, ref } = source;
  if (isPlainFolder(source)) return null;
  // A folder inside a repository is not what the repository's own address means.
  return name === repository ? `${repository}${ref === null ? '' : `#${ref}`}` : null;
}

function whichSource(known: readonly Source[]): Failure {
  if (known.length === 0) {
    return new Failure('missing', 'no source of manifests was applied yet', {
      hint: 'Name one: hecate update state reconcile --from-git URL#ref',
    });
  }
  return new Failure('invalid', `there are several sources: ${known.map(({ name }) => name).join(', ')}`, {
    hint: 'Name one: hecate update state reconcile --from-git URL#ref',
  });
}

/**
 * Returns true when a commit was applied before, or an applied folder with local changes was based on it. Such a commit
 * is never applied again automatically. Undone applies do not count. Reads the whole log.
 */
export async function appliedBefore(log: LogReader, name: string, sha: string): Promise<boolean> {
  const by = new Set<string>();
  for await (const { message } of log.entries()) {
    if (message.type === 'ended' && message.result === 'undone') by.delete(message.id);
    if (message.type !== 'committed' || message.undoes !== undefined) continue;
    const after = message.changes.find((change) => change.kind === 'Source' && change.name === name)?.after;
    if (after !== undefined && isAt(after as Source | null, sha)) by.add(message.id);
  }
  return by.size > 0;
}

/** Returns true when a source was applied last at this commit, or from a folder based on it. */
export function isAt(source: Pick<Source, 'sha' | 'head'> | null, sha: string): boolean {
  return source !== null && (source.sha === sha || source.head === sha);
}
