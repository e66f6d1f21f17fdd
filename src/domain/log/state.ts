import type { Change, Commit, LogEntry, Position } from './commit.js';
import { resourceKey, type ResourceKey, type ResourceKind, type ResourceKinds } from '../resources/kinds.js';

/** Raised when the meaning of a fold changes, so that older snapshots are not used any more. */
export const FOLD_VERSION = 4;

/** A resource as the log has it, with who put it there. */
export interface StoredResource<K extends ResourceKind = ResourceKind> {
  readonly kind: K;
  readonly name: string;
  readonly value: ResourceKinds[K];
  /** Sequence of the last commit that changed it. */
  readonly revision: number;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly updatedAt: string;
  readonly updatedBy: string;
}

/** A commit whose outcome is not in the log. */
export interface OpenCommit {
  readonly id: string;
  readonly sequence: number;
  readonly workflowId: string;
  readonly operation: string;
  readonly touches: readonly ResourceKey[];
}

/** The fold of the log up to `head`. Replaced, never shared, by {@link evolve}. */
export interface State {
  /** Null while the log has no commit. */
  readonly head: Position | null;
  /** `at` of the newest commit; commits never run backwards in time. */
  readonly at: string | null;
  readonly resources: ReadonlyMap<ResourceKey, StoredResource>;
  readonly open: ReadonlyMap<string, OpenCommit>;
}

export const emptyState: State = { head: null, at: null, resources: new Map(), open: new Map() };

/** Folds entries of the current version, oldest first, onto a state. The given state stays as it was. */
export function fold(state: State, entries: Iterable<LogEntry>): State {
  const resources = new Map(state.resources);
  const open = new Map(state.open);
  let { head, at } = state;
  for (const { position, message } of entries) {
    if (message.type === 'ended') {
      open.delete(message.id);
      continue;
    }
    head = position;
    if (message.type === 'aborted') continue;
    at = message.at;
    for (const change of message.changes) applyChange(resources, change, message, position.sequence);
    if (message.undoes === undefined) open.set(message.id, openCommit(message, position.sequence));
  }
  return { head, at, resources, open };
}

/** The resource of that name, or undefined. */
export function find<K extends ResourceKind>(state: State, kind: K, name: string): StoredResource<K> | undefined {
  return state.resources.get(resourceKey(kind, name)) as StoredResource<K> | undefined;
}

/** All resources of a kind, by name. A plan that was made from them has read the whole kind. */
export function all<K extends ResourceKind>(state: State, kind: K): StoredResource<K>[] {
  state.resources.get(wholeKind(kind));
  const known = sorted.get(state.resources) ?? new Map<ResourceKind, readonly StoredResource[]>();
  sorted.set(state.resources, known);
  const held = known.get(kind) ?? sortedByName(state.resources, kind);
  known.set(kind, held);
  return [...held] as StoredResource<K>[];
}

/** What a map of resources holds of a kind, sorted once: maps of a state are never changed. */
const sorted = new WeakMap<State['resources'], Map<ResourceKind, readonly StoredResource[]>>();

function sortedByName(resources: State['resources'], kind: ResourceKind): StoredResource[] {
  return [...resources.values()].filter((held) => held.kind === kind).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Stands for every resource of a kind where it is said what a plan read. */
function wholeKind(kind: ResourceKind): ResourceKey {
  return `${kind}/*`;
}

/** A number that changes whenever the resource does, or for `<kind>/*` any of the kind; 0: there is none. */
export function revisionOf(state: State, key: ResourceKey): number {
  const [kind, name] = key.split('/', 2);
  if (name !== '*') return state.resources.get(key)?.revision ?? 0;
  const held = [...state.resources.values()].filter((one) => one.kind === kind);
  return held.reduce((newest, one) => Math.max(newest, one.revision), 0) * MOST_OF_A_KIND + held.length;
}

const MOST_OF_A_KIND = 1_000_000;

/** Open commits that touch any of these resources, other than `except`. */
export function openOn(state: State, keys: ReadonlySet<ResourceKey>, except: string): OpenCommit[] {
  return [...state.open.values()].filter(
    (c) => c.id !== except && c.touches.some((key) => keys.has(key) || keys.has(wholeKind(kindOf(key)))),
  );
}

function kindOf(key: ResourceKey): ResourceKind {
  return key.slice(0, key.indexOf('/')) as ResourceKind;
}

function applyChange(
  resources: Map<ResourceKey, StoredResource>,
  change: Change,
  commit: Commit,
  revision: number,
): void {
  const key = resourceKey(change.kind, change.name);
  if (change.after === null) {
    resources.delete(key);
    return;
  }
  const existing = resources.get(key);
  resources.set(key, {
    kind: change.kind,
    name: change.name,
    value: change.after,
    revision,
    createdAt: existing?.createdAt ?? commit.at,
    createdBy: existing?.createdBy ?? commit.actor,
    updatedAt: commit.at,
    updatedBy: commit.actor,
  });
}

function openCommit(commit: Commit, sequence: number): OpenCommit {
  const touches = commit.changes.map((change) => resourceKey(change.kind, change.name));
  return { id: commit.id, sequence, workflowId: commit.workflowId, operation: commit.operation, touches };
}
