import { z } from 'zod';
import { isBaseKind, type BaseKind } from '../../../domain/log/base-kinds.js';
import { all, type StoredResource, type State } from '../../../domain/log/state.js';
import { API_VERSION } from '../../../domain/manifests/manifest.js';
import { sourceSchema } from '../../../domain/resources/source.js';
import { relativeTime } from '../../print/relative-time.js';
import { lastApplied, type Applied } from '../history/last-applied.js';
import { listOf, type ResourceView } from './resource-reads.js';

interface SourceStatus {
  /** Number of resources that came from it. */
  readonly resources: number;
  /** Commit that was applied last; null: a folder without Git, or with changes that are in no commit. */
  readonly sha: string | null;
  readonly appliedAt: string;
  readonly appliedBy: string;
  /** What Git has and the log does not get until a person decides; null: nothing. */
  readonly held: { readonly sha: string | null; readonly reasons: readonly string[] } | null;
}

const view: ResourceView<'Source', SourceStatus> = {
  kind: 'Source',
  plural: 'sources',
  manifest: ({ name, repository, ref }) => {
    return { apiVersion: API_VERSION, kind: 'Source', metadata: { name }, spec: { repository, ref } };
  },
  spec: () => sourceSchema.pick({ repository: true, ref: true }),
  statusShape: z.strictObject({
    resources: z.int(),
    sha: z.string().nullable(),
    appliedAt: z.iso.datetime(),
    appliedBy: z.string(),
    held: z.strictObject({ sha: z.string().nullable(), reasons: z.array(z.string()) }).nullable(),
  }),
  async statuses({ state }, { withLog }) {
    const upTo = state.head?.sequence ?? 0;
    const sources = all(state, 'Source').map(({ name }) => name);
    const applied =
      sources.length === 0 ? new Map<string, Applied>() : await withLog((log) => lastApplied(log, { sources, upTo }));
    return ({ name, value, updatedAt, updatedBy }) => {
      const last = applied.get(name) ?? { at: updatedAt, actor: updatedBy };
      const resources = countFrom(state, name);
      return { resources, sha: value.sha, appliedAt: last.at, appliedBy: last.actor, held: value.held ?? null };
    };
  },
};

/** Lists the folders and repositories that were applied. */
export const listSources = listOf(view, {
  path: ['list', 'sources'],
  summary: 'List the folders and repositories that were applied',
  showsUpdate: false,
  columns: [
    ['NAME', ({ name }) => name],
    ['REF', ({ value }) => value.ref ?? '–'],
    ['SHA', ({ status }) => status.sha?.slice(0, 12) ?? '–'],
    ['RESOURCES', ({ status }) => String(status.resources)],
    ['APPLIED', ({ status, now }) => relativeTime(status.appliedAt, now)],
    ['BY', ({ status }) => status.appliedBy],
    ['STATE', ({ status }) => stateOf(status.held)],
  ],
});

function stateOf(held: SourceStatus['held']): string {
  if (held === null) return 'applied';
  const [first = '', ...others] = held.reasons;
  return `held: ${first}${others.length > 0 ? ` (and ${others.length} more)` : ''}`;
}

function countFrom(state: State, source: string): number {
  const base = [...state.resources.values()].filter((held): held is StoredResource<BaseKind> => isBaseKind(held.kind));
  return base.filter(({ value }) => value.source === source).length;
}
