import { actorText, type Change, type Commit, type LogEntry, type Position } from './commit.js';
import { resourceKey, type ResourceKey, type ResourceKind, type ResourceKinds } from '../resources/kinds.js';

/** Version of the fold. Increase it when the fold's result changes, so that older snapshots are not used any more. */
export const FOLD_VERSION = 4;

/** A resource in the log, with the times and actors of its changes. */
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

/** The state of all resources, folded from the log up to `head`. Never mutated: {@link fold} returns a new state. */
export interface State {
  /** Null while the log has no commit. */
  readonly head: Position | null;
  /** `at` of the newest commit; commits never run backwards in time. */
  readonly at: string | null;
  readonly resources: ReadonlyMap<ResourceKey, StoredResource>;
  readonly open: ReadonlyMap<string, OpenCommit>;
}

/** State of a log without commits. */
export const emptyState: State = { head: null, at: null, resources: new Map(), open: new Map() };

/** Returns a state with these entries applied, oldest first. Upcast them to the current version before. */
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

/** Returns the resource of a kind and name; undefined when there is none. */
export function find<K extends ResourceKind>(state: State, kind: K, name: string): StoredResource<K> | undefined {
  return state.resources.get(resourceKey(kind, name)) as StoredResource<K> | undefined;
}

/** Returns all resources of a kind, sorted by name. Counts as a read of the whole kind. */
export function all<K extends ResourceKind>(state: State, kind: K): StoredResource<K>[] {
  state.resources.get(wholeKind(kind));
  const known = sorted.get(state.resources) ?? new Map<ResourceKind, readonly StoredResource[]>();
  sorted.set(state.resources, known);
  const resources = known.get(kind) ?? sortedByName(state.resources, kind);
  known.set(kind, resources);
  return [...resources] as StoredResource<K>[];
}

/** Cache of {@link all}, by map of resources. Maps of a state never change. */
const sorted = new WeakMap<State['resources'], Map<ResourceKind, readonly StoredResource[]>>();

function sortedByName(resources: State['resources'], kind: ResourceKind): StoredResource[] {
  return [...resources.values()].filter((held) => held.kind === kind).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Returns the key that stands for every resource of a kind in the list of reads of a plan. */
function wholeKind(kind: ResourceKind): ResourceKey {
  return `${kind}/*`;
}

/** Returns a number that changes with the resource, or for `<kind>/*` with any of the kind; 0: there is none. */
export function revisionOf(state: State, key: ResourceKey): number {
  const [kind, name] = key.split('/', 2);
  if (name !== '*') return state.resources.get(key)?.revision ?? 0;
  const ofKind = [...state.resources.values()].filter((one) => one.kind === kind);
  // The count changes when a resource is deleted, the newest revision otherwise.
  return ofKind.reduce((newest, one) => Math.max(newest, one.revision), 0) * MOST_OF_A_KIND + ofKind.length;
}

const MOST_OF_A_KIND = 1_000_000;

/** Returns the open commits that touch any of these resources, without the commit `except`. */
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
    createdBy: existing?.createdBy ?? actorText(commit),
    updatedAt: commit.at,
    updatedBy: actorText(commit),
  });
}

function openCommit(commit: Commit, sequence: number): OpenCommit {
  const touches = commit.changes.map((change) => resourceKey(change.kind, change.name));
  return { id: commit.id, sequence, workflowId: commit.workflowId, operation: commit.operation, touches };
}
