import { isBaseChange, type BaseKind } from '../log/base-kinds.js';
import type { Change, Commit } from '../log/commit.js';
import { all, find, type State } from '../log/state.js';
import { resourceKey, type ResourceKey, type ResourceKinds } from '../resources/kinds.js';
import { isPlainFolder, type ChangeAuthor } from '../resources/source.js';
import { differencesOf } from './merge/resource.js';

/** A commit after an apply, as far as merging needs it. */
export interface PastChanges extends ChangeAuthor {
  readonly changes: readonly Change[];
}

/** The part of the log from which the bases of a merge follow. */
export interface PastApplies {
  /** Sequence of the last apply of each source that was not undone; a source that is missing was never applied. */
  readonly applied: ReadonlyMap<string, number>;
  /** Commits after the oldest of these applies, oldest first, without undone ones. */
  readonly commits: readonly PastChanges[];
}

/** Key of the operation that applies manifests, as commits hold it. */
export const APPLY_OPERATION = 'manifests.apply';

/** Returns the source that a commit applied; null: it is no apply. An apply that leaves the record of its source as it was changes resources that name it. */
export function appliedSource({ operation, changes }: Pick<Commit, 'operation' | 'changes'>): string | null {
  if (operation !== APPLY_OPERATION) return null;
  const record = changes.find(({ kind, after }) => kind === 'Source' && after !== null);
  if (record) return record.name;
  const base = changes.find(isBaseChange);
  return (base?.after ?? base?.before)?.source ?? null;
}

/** A log in which nothing was applied. */
export const neverApplied: PastApplies = { applied: new Map(), commits: [] };

/** What a source said of each resource when it was applied last, and who changed it in the log since. */
export interface LastSaid {
  /** False: the log does not tell when the source was applied last, as after it was deleted. */
  readonly isKnown: boolean;
  /**
   * Returns the resource as the source described it last. Null: it did, but the log never had that value. Undefined: it never
   * did, as far as is known.
   */
  base<K extends BaseKind>(kind: K, name: string): ResourceKinds[K] | null | undefined;
  /** Returns the author of the last change of a field in the log; null: unknown. */
  author(kind: BaseKind, name: string, path: string): ChangeAuthor | null;
}

/**
 * Returns what a source said last. A folder that was committed to Git later is the same source under another name, so what
 * a folder without Git said counts too.
 */
export function lastSaid(state: State, source: string, { applied, commits }: PastApplies): LastSaid {
  const changes = new Map<ResourceKey, { readonly author: ChangeAuthor; readonly change: Change }[]>();
  for (const { changes: all, ...author } of commits) {
    for (const change of all.filter(isBaseChange)) {
      const key = resourceKey(change.kind, change.name);
      changes.set(key, [...(changes.get(key) ?? []), { author, change }]);
    }
  }
  const folders = all(state, 'Source').filter(({ name, value }) => name !== source && isPlainFolder(value));
  const names = [source, ...folders.map(({ name }) => name)];
  const recordedSaid = (name: string, key: ResourceKey) => {
    const said = recordedIn(name, key)?.said;
    return said !== undefined && Object.keys(said).length === 0 ? null : said;
  };
  const recordedIn = (name: string, key: ResourceKey) => find(state, 'Source', name)?.value.ahead?.[key];
  const valueAfter = (name: string, key: ResourceKey) => {
    const at = applied.get(name);
    if (at === undefined) return undefined;
    const later = changes.get(key)?.find(({ author }) => author.sequence > at);
    const value = later ? later.change.before : (state.resources.get(key)?.value ?? null);
    return value !== null && 'source' in value && value.source === name ? value : undefined;
  };
  return {
    isKnown: applied.has(source),
    base(kind, name) {
      const key = resourceKey(kind, name);
      for (const one of names) {
        const found = recordedIn(one, key) ? recordedSaid(one, key) : valueAfter(one, key);
        if (found !== undefined) return found as ResourceKinds[typeof kind] | null;
      }
      return undefined;
    },
    author(kind, name, path) {
      const key = resourceKey(kind, name);
      const later = changes.get(key) ?? [];
      const recorded = names.flatMap((one) => recordedIn(one, key)?.authors[path] ?? [])[0];
      const held = state.resources.get(key);
      const last = held && { sequence: held.revision, at: held.updatedAt, actor: held.updatedBy, reason: null };
      return (
        later.findLast(({ change }) => sets(change, path))?.author ?? recorded ?? later.at(-1)?.author ?? last ?? null
      );
    },
  };
}

function sets({ before, after }: Change, path: string): boolean {
  return differencesOf(before, after).some((field) => field.path === '' || field.path === path || path === '');
}
