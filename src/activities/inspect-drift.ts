import { unmetBy } from '../domain/desired.js';
import type { Drift } from '../domain/drift.js';
import { hostOfLabel } from '../domain/item-identity.js';
import type { Source } from '../domain/source.js';
import { all, find, type State } from '../domain/state.js';
import { Failure } from '../ports/failure.js';
import type {
  DriftReport,
  ReconcileComponent,
  ReconcileRequest,
  SourceReport,
} from '../workflows/reconcile-activities.js';
import { appliedBefore, isAt } from './applied-before.js';
import { aheadOf } from './ahead-of-source.js';
import type { Dependencies } from './dependencies.js';
import { cutDrift, LONGEST_LIST } from './cut-drift.js';
import { identityDrift } from './identity-drift.js';

const FOLDER = 'a folder, which only the person who applied it can read';

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

async function sourceReports(deps: Dependencies, state: State, request: ReconcileRequest): Promise<SourceReport[]> {
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
  /** What was applied of it; null: nothing yet. */
  readonly source: Source | null;
  readonly location: string | null;
}

async function reportOn(deps: Dependencies, state: State, { request, source, location }: Asked): Promise<SourceReport> {
  const base = { name: source?.name ?? location ?? '', location, appliedSha: source?.sha ?? null };
  const unknown = { ...base, sha: null, isNew: false, ahead: [] };
  if (location === null) return { ...unknown, problem: FOLDER };
  try {
    const desired = await deps.desired.read({ kind: 'git', url: location, commit: request.fromCommit });
    const { sha } = desired.source;
    const notApplied = request.fromCommit === null ? await whyNotApplied(deps, location, { source, sha }) : null;
    const isLast = request.fromCommit === null ? isAt(source, sha ?? '') : sha === base.appliedSha;
    const isNew = !isLast && notApplied === null;
    // A commit that was applied was right then: what it refers to and is gone now, the log has otherwise since.
    const problems = isNew ? [...desired.problems, ...unmetBy(state, desired).map(({ problem }) => problem)] : [];
    if (problems.length > 0) {
      if (isNamed(request)) throw new Failure('invalid', problems.join('\n'));
      return { ...unknown, sha, problem: problems.join('\n') };
    }
    const ahead = isNew ? [] : await aheadOf(deps, state, { desired, component: request.component });
    return { ...base, sha, isNew, notApplied, ahead, problem: null };
  } catch (error) {
    // What was named is there or it is an error; of what was only remembered it is told.
    if (!(error instanceof Failure) || isNamed(request)) throw error;
    return { ...unknown, problem: error.message };
  }
}

/** A commit is applied by itself once, and never over one that nobody can show to be older. Null: it may be applied. */
async function whyNotApplied(
  { log, desired }: Dependencies,
  url: string,
  { source, sha }: { readonly source: Source | null; readonly sha: string | null },
): Promise<string | null> {
  if (source === null || sha === null || isAt(source, sha)) return null;
  const explicitly = `apply it yourself to have it: hecate update apply --from-git ${url}`;
  if (await appliedBefore(log, source.name, sha))
    return `it was applied before, and something else since; ${explicitly}`;
  const last = source.sha ?? source.head;
  if (last === null) return null;
  try {
    await desired.read({ kind: 'git', url, commit: last });
    return null;
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== 'missing') throw error;
    return `the repository does not have ${last.slice(0, 12)}, which was applied last, so this may be older; ${explicitly}`;
  }
}

function isNamed({ fromGit, fromCommit }: ReconcileRequest): boolean {
  return fromGit !== null || fromCommit !== null;
}

function locationOf({ name, repository, ref, sha }: Source): string | null {
  const isPlainFolder = repository.startsWith('file://') && ref === null && sha === null;
  if (isPlainFolder) return null;
  // A folder inside a repository, applied by a person, is not what the repository's own address means.
  return name === repository ? `${repository}${ref === null ? '' : `#${ref}`}` : null;
}

function overlaysIn(state: State): string[] {
  return [
    ...all(state, 'Bypass').map(({ name, value }) => `bypass of sign-in on ${name} until ${value.until}`),
    ...all(state, 'Canary').map(({ name, value }) => `canary on ${name}: ${value.percentage}% to ${value.upstream}`),
    ...all(state, 'Failover').map(({ name, value }) => `failover of ${name} since ${value.since}`),
  ];
}

function whichSource(known: readonly Source[]): Failure {
  if (known.length === 0) {
    return new Failure('missing', 'no source of manifests was applied yet, so there is no commit to take', {
      hint: 'Name one: --from-git URL#ref',
    });
  }
  return new Failure('invalid', `there are several sources: ${known.map(({ name }) => name).join(', ')}`, {
    hint: 'Say which one: --from-git URL#ref',
  });
}
