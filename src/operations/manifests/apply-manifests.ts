import { z } from 'zod';
import type { Change } from '../../domain/log/commit.js';
import { missingPrerequisites, type Desired } from '../../domain/manifests/desired.js';
import { neededPast } from '../../domain/manifests/merge/questions.js';
import { mergeSource, type SourceMerge } from '../../domain/manifests/merge/source.js';
import { APPLY_OPERATION, neverApplied, type PastApplies } from '../../domain/manifests/past-applies.js';
import type { Refusal } from '../../domain/refusal.js';
import { isBaseKind } from '../../domain/log/base-kinds.js';
import { boundedReport } from '../../domain/log/later-change.js';
import { repositoryUrl } from '../../domain/values/network/repository-url.js';
import { all, find, type StoredResource, type State } from '../../domain/log/state.js';
import { stateAfter } from '../../domain/log/hypothetical.js';
import { overlayEnds, canaryRuns } from '../rules/overlays.js';
import { defineOperation, LONGEST_SUBJECT, touchedHosts, type Question } from '../operation.js';
import { questionsOf } from '../rules/base-rules.js';
import { consistencyProblem } from '../rules/consistency.js';
import { invalid, refuse } from '../refusals.js';

/** Share of all routes, in percent, that pruning may delete without `--yes` by default. */
export const USUAL_PRUNE_LIMIT = 30;
const PROBLEMS_SHOWN = 20;

/**
 * Merges manifests into the log in one commit, field by field. What only the log changed since the last apply stays; where
 * both changed a field, Git's value is taken and the change that goes is named. Resources that the manifests do not mention
 * stay, unless they came from the same source and are pruned.
 */
export const applyManifests = defineOperation({
  key: APPLY_OPERATION,
  path: ['update', 'apply'],
  summary: 'Apply manifests in one commit',
  examples: [
    'update apply --from-git .hecate/',
    'update apply --from-git https://git.example.com/site.git#main --prune',
  ],
  input: z.strictObject({
    fromGit: repositoryUrl
      .describe('Folder with manifests, or URL of a Git repository, optionally with #ref')
      .meta({ placeholder: 'folder|url', manifests: true }),
    prune: z.boolean().default(false).describe('Delete resources that came from this source and are no longer in it'),
    pruneLimit: z
      .number()
      .min(0)
      .max(100)
      .default(USUAL_PRUNE_LIMIT)
      .describe(`Share of all routes, in percent, that may be deleted without --yes (default: ${USUAL_PRUNE_LIMIT})`)
      .meta({ placeholder: 'percent' }),
    yes: z
      .boolean()
      .default(false)
      .describe(
        'Carry it out although visitors would lose something, such as sign-in, a certificate or a host in use, or --prune-limit is exceeded',
      ),
    overwrite: z
      .boolean()
      .default(false)
      .describe('Give Git’s value also to fields that were changed since the last apply and that Git did not change'),
    /** Where both sides changed a field, the log keeps its value. Reconcile sets it, since nobody reads its plan. */
    holds: z.boolean().optional().meta({ internal: true }),
    /** Hash of the manifests that the command line uploaded; absent: the worker reads the repository. */
    staged: z.string().optional().meta({ internal: true }),
    /** Git commit to read instead of the latest one of the ref. */
    commit: z.string().optional().meta({ internal: true }),
  }),
  subject: (input) => input.fromGit.slice(0, LONGEST_SUBJECT),
  manifests: ({ fromGit, staged, commit }) =>
    staged === undefined ? { kind: 'git', url: fromGit, commit: commit ?? null } : { kind: 'staged', hash: staged },
  logQuestions: (_input, state, desired) =>
    desired === null ? [] : [{ kind: 'applies', ...neededPast(state, desired), upTo: state.head?.sequence ?? 0 }],
  questions: (state, input, first) => {
    const desired = first.desired();
    return desired === null ? [] : worldQuestions(state, { desired, input, past: first.applies() });
  },
  decide(state, input, answers, { isPreview }) {
    const desired = answers.desired();
    if (desired === null) throw new Error('the manifests were not read');
    const problems = [...desired.problems, ...missingPrerequisites(state, desired).map(({ problem }) => problem)];
    if (problems.length > 0) return refuse(invalidManifests(problems));
    if (desired.resources.length === 0) return refuse(noManifests(desired.source.name));
    const merge = mergedOnce(state, { desired, input, past: answers.applies() });
    const wanted = merge.changes;
    const pruned = wanted.filter(({ after }) => after === null);
    const refusal = input.prune ? pruneProblem(state, desired, { ...input, pruned }) : null;
    // A preview is still shown, since the hint of this refusal asks to check it.
    const isShown = isPreview && refusal?.code === 'prunes-much';
    if (refusal && !isShown) return refuse(refusal);
    const canary = canaryInTheWay(state, wanted);
    if (canary) return canaryRuns(canary);
    const ends = overlayEnds(state, wanted);
    const changes = [...wanted, ...merge.claims, ...merge.records, ...ends.map(({ change }) => change)];
    const problem = consistencyProblem(stateAfter(state, changes), wanted, answers);
    if (problem) return refuse(problem);
    const hosts = wanted.filter(({ kind }) => kind === 'Route').map(({ name }) => name);
    return {
      kind: 'change',
      changes,
      expect: { ...touchedHosts(hosts) },
      warnings: [...(isShown ? [refusal.message] : []), ...ends.map(({ why }) => why)],
      ...mergeIn(merge),
    };
  },
});

/** Returns a canary whose route would get another upstream. A canary needs the upstream that its route had at the start, to compare with. */
function canaryInTheWay(state: State, changes: readonly Change[]): StoredResource<'Canary'> | undefined {
  const moved = changes.filter(
    (change) =>
      change.kind === 'Route' && change.before && change.after && change.before.upstream !== change.after.upstream,
  );
  return moved.map(({ name }) => find(state, 'Canary', name)).find((held) => held !== undefined);
}

/** The manifests, options and past of an apply. */
interface Applied {
  readonly desired: Desired;
  readonly input: { readonly prune: boolean; readonly overwrite: boolean; readonly holds?: boolean | undefined };
  readonly past: PastApplies | null;
}

function worldQuestions(state: State, applied: Applied): Question[] {
  return questionsOf(mergedOnce(state, applied).changes);
}

const mergedIn = new WeakMap<State, Applied & { readonly merge: SourceMerge }>();

/** Returns the merge. Computed once for the questions and the decision, which use the same state. */
function mergedOnce(state: State, { desired, input, past }: Applied): SourceMerge {
  const known = mergedIn.get(state);
  if (known?.desired === desired && known.past === past && known.input === input) return known.merge;
  const merge = mergeSource(state, desired, {
    past: past ?? neverApplied,
    winner: input.holds ? 'ours' : 'theirs',
    prunes: input.prune,
    overwrites: input.overwrite,
  });
  mergedIn.set(state, { desired, input, past, merge });
  return merge;
}

function mergeIn({ superseded, ahead, held }: SourceMerge) {
  if (superseded.length + ahead.length + held.length === 0) return {};
  return { merge: boundedReport({ superseded, ahead, held }) };
}

/** Returns the refusal of a source without manifests: applying it would only record that it is empty. */
export function noManifests(source: string): Refusal {
  return invalid(
    'no-manifests',
    `${source} contains no manifests`,
    'Check the ref, and that its *.yaml, *.yml or *.json files are committed.',
  );
}

function invalidManifests(problems: readonly string[]): Refusal {
  const more = problems.length - PROBLEMS_SHOWN;
  const shown = problems.slice(0, PROBLEMS_SHOWN);
  return invalid(
    'manifests-invalid',
    [...shown, ...(more > 0 ? [`… and ${more} more`] : [])].join('\n'),
    'Correct the manifests; check a local copy with: hecate update validate --from-git FOLDER',
  );
}

/** Returns the refusal to prune; null: pruning is allowed. */
export function pruneProblem(
  state: State,
  { resources, source }: Desired,
  input: { readonly pruned: readonly Change[]; readonly pruneLimit: number; readonly yes: boolean },
): Refusal | null {
  if (!resources.some(({ kind }) => isBaseKind(kind))) {
    return invalid(
      'source-empty',
      `${source.name} has no manifest of a resource that apply creates, so nothing is pruned`,
      'Check the folder or ref. To delete everything, delete the resources one by one.',
    );
  }
  const routes = input.pruned.filter(({ kind }) => kind === 'Route').length;
  const share = (100 * routes) / Math.max(1, all(state, 'Route').length);
  if (input.yes || share <= input.pruneLimit) return null;
  return invalid(
    'prunes-much',
    `${routes} route${routes === 1 ? '' : 's'} would be deleted, ${share.toFixed(share < 1 ? 2 : 0)}% of all routes; without --yes at most ${input.pruneLimit}% may be deleted`,
    'Check the plan with --dry-run, then add --yes.',
  );
}
