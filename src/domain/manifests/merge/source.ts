import { isSame } from '../../data/fields.js';
import type { BaseChange, BaseKind } from '../../log/base-kinds.js';
import { changeOf, type Change } from '../../log/commit.js';
import { all, find, type State } from '../../log/state.js';
import { kindsWithRole, resourceKey, type ResourceKinds } from '../../resources/kinds.js';
import { isPlainFolder, type ChangeAuthor, type Source, type SourceVersion } from '../../resources/source.js';
import { rotationScheduleName } from '../../schedules/rotate.js';
import type { ManifestResource } from '../manifest.js';
import type { MergedField, Winner } from './fields.js';
import { mergeResource, type MergedResource } from './resource.js';
import { heldText, shortened, type LaterChange, type MergeReport } from '../../log/later-change.js';
import { lastSaid, type LastSaid, type PastApplies } from '../past-applies.js';

/** The changes that a merge makes, and the later changes that it met. */
export interface SourceMerge extends MergeReport {
  /** Changes of resources, in order of creation and then of deletion. */
  readonly changes: readonly BaseChange[];
  /** Resources that agree with Git already and belong to this source from now on. Only their `source` changes. */
  readonly claims: readonly BaseChange[];
  /** Changes of the records of sources. */
  readonly records: readonly Change[];
}

/** Options of a merge. */
export interface MergeOptions {
  readonly past: PastApplies;
  /** The side that a conflict goes to. */
  readonly winner: Winner;
  /** Delete resources of this source that it no longer describes. */
  readonly prunes: boolean;
  /** Give Git's value also to fields that only the log changed. */
  readonly overwrites: boolean;
  /** The commit was applied before, so whatever differs from it was changed in the log. */
  readonly isOld?: boolean;
}

/** A source's manifests, as far as a merge needs them. */
export interface MergedManifests {
  readonly source: SourceVersion;
  readonly resources: readonly ManifestResource[];
}

const baseKinds = kindsWithRole('base');

/**
 * Merges the manifests of a source into the log, three ways and field by field. Base: what the source said when it was
 * applied last. No change of the log is replaced without being named in `superseded`.
 */
export function mergeSource(state: State, { source, resources }: MergedManifests, options: MergeOptions): SourceMerge {
  const said = lastSaid(state, source.name, options.past);
  const before = find(state, 'Source', source.name)?.value;
  const isSaidBefore = options.isOld || (before?.digest === source.digest && before.held === undefined);
  const secrets = new Set(resources.flatMap(({ kind, name }) => (kind === 'Secret' ? [name] : [])));
  const partOf = (kind: BaseKind, name: string, theirs: BaseValue | null): Part => {
    const ours = find(state, kind, name)?.value ?? null;
    // The manifests of the last apply are their own base, also where the log does not tell what they were.
    const known = isSaidBefore && theirs !== null ? theirs : said.base(kind, name);
    // Without an apply in the log, nobody knows what the source said of its resources.
    const base = theirs === null && !said.isKnown ? (known ?? null) : known;
    const prunes = options.prunes || (theirs === null && isDroppedRotation(ours, secrets));
    return mergedPart({ kind, name, ours, theirs, base }, said, { ...options, prunes });
  };
  const parts = baseKinds.flatMap((kind) => {
    const described = new Map(resources.filter((one) => one.kind === kind).map((one) => [one.name, one.value]));
    const left = all(state, kind).filter(({ name, value }) => value.source === source.name && !described.has(name));
    return [
      ...[...described].map(([name, theirs]) => partOf(kind, name, theirs as BaseValue)),
      ...left.map(({ name }) => partOf(kind, name, null)),
    ];
  });
  const isMade = (part: Part) => part.after !== null;
  const changed = parts.filter(({ ours, after }) => !isSame(ours, after, 'source'));
  const changes = [...changed.filter(isMade), ...changed.filter((part) => !isMade(part)).reverse()].map((part) =>
    changeTo(part, part.after && { ...part.after, source: source.name }),
  );
  const canClaim = !isPlainFolder(source) || changes.length > 0;
  const claims = canClaim ? claimsAmong(state, parts, source) : [];
  const report = reportOf(parts, said, options);
  const records = recordsOf(state, { source, parts, claims, changes, held: report.held });
  return { changes, claims, records, ...report };
}

/** Returns true for the schedule of a secret that the source describes without its rotation: a field was removed, not a manifest. */
function isDroppedRotation(ours: BaseValue | null, secrets: ReadonlySet<string>): boolean {
  if (ours === null || !('action' in ours) || ours.action.kind !== 'rotate') return false;
  const { secret } = ours.action;
  return secret !== null && secrets.has(secret) && ours.name === rotationScheduleName(secret);
}

type BaseValue = ResourceKinds[BaseKind];

/** The merge of one resource. */
interface Part {
  readonly kind: BaseKind;
  readonly name: string;
  readonly ours: BaseValue | null;
  readonly theirs: BaseValue | null;
  readonly after: BaseValue | null;
  /** The base of the next merge. */
  readonly said: BaseValue | null | undefined;
  readonly fields: readonly MergedField[];
  /** Authors of the fields that the log changed. */
  readonly authors: Readonly<Record<string, ChangeAuthor>>;
}

function mergedPart(
  { base, ...sides }: Pick<Part, 'kind' | 'name' | 'ours' | 'theirs'> & { readonly base: BaseValue | null | undefined },
  said: LastSaid,
  { winner, prunes, overwrites }: MergeOptions,
): Part {
  const { kind, name, ours, theirs } = sides;
  if (theirs !== null && ours !== null && isSame(ours, theirs, 'source')) {
    return { ...sides, after: ours, said: theirs, fields: [], authors: {} };
  }
  const merged = settled(mergeResource(kind, { base, ours, theirs }, winner), theirs, overwrites);
  const authors = Object.fromEntries(
    merged.fields
      .filter(({ outcome }) => outcome !== 'taken')
      .flatMap(({ path }) => {
        const author = said.author(kind, name, path);
        return author === null ? [] : [[path, author] as const];
      }),
  );
  // A resource that Git no longer describes stays unless it is pruned.
  if (theirs === null && !prunes) return { ...sides, after: ours, said: base, fields: [], authors };
  return { ...sides, after: merged.value, said: merged.said, fields: merged.fields, authors };
}

function settled(merged: MergedResource, theirs: BaseValue | null, overwrites: boolean): MergedResource {
  if (!overwrites) return merged;
  const fields = merged.fields.map((field) => {
    return field.outcome === 'ahead' ? { ...field, outcome: 'conflict' as const } : field;
  });
  return { value: theirs, said: theirs, fields };
}

function changeTo({ kind, name, ours }: Part, after: BaseValue | null): BaseChange {
  return changeOf(kind, name, ours, after) as BaseChange;
}

/** Returns the claims of resources that came from a command or from a folder without Git. */
function claimsAmong(state: State, parts: readonly Part[], source: SourceVersion): BaseChange[] {
  const isOpen = (owner: string | null) => {
    if (owner === null) return true;
    const held = find(state, 'Source', owner)?.value;
    return !isPlainFolder(source) && (held === undefined || isPlainFolder(held));
  };
  return parts.flatMap((part) => {
    const { ours, theirs, after, said } = part;
    const isKept =
      ours !== null && theirs !== null && isSame(ours, after, 'source') && said !== undefined && said !== null;
    if (!isKept || ours.source === source.name || !isOpen(ours.source)) return [];
    return [changeTo(part, { ...ours, source: source.name })];
  });
}

interface Merged extends Pick<SourceMerge, 'claims' | 'changes' | 'held'> {
  readonly source: SourceVersion;
  readonly parts: readonly Part[];
}

/** Returns the records of the source, and those of folders that have no resources any more. */
function recordsOf(state: State, { source, parts, claims, changes, held }: Merged): Change[] {
  const before = find(state, 'Source', source.name)?.value ?? null;
  const owned = new Set([...claims, ...changes].map(({ kind, name }) => resourceKey(kind, name)));
  const ahead = parts.flatMap((part) => deviation(part, source.name, owned));
  const after: Source = {
    ...source,
    // A folder without Git has no commit, so keep the last applied head.
    head: source.head ?? before?.head ?? null,
    ...(ahead.length > 0 ? { ahead: Object.fromEntries(ahead) } : {}),
    ...(held.length > 0 ? { held: { sha: source.sha, reasons: held.map((one) => heldText(one)) } } : {}),
  };
  const taken = new Set(claims.map((claim) => claim.before?.source ?? null));
  const emptied = all(state, 'Source').filter(
    ({ name, value }) =>
      name !== source.name && taken.has(name) && isPlainFolder(value) && isEmptied(state, name, owned),
  );
  const forgotten = emptied.map(({ name, value }) => changeOf('Source', name, value, null));
  // Do not record a folder without a commit that was never applied and changes nothing.
  const isUnknown = before === null && source.sha === null && changes.length === 0;
  return isUnknown || isSame(before, after)
    ? forgotten
    : [...forgotten, changeOf('Source', source.name, before, after)];
}

function deviation(
  part: Part,
  source: string,
  owned: ReadonlySet<string>,
): [string, NonNullable<Source['ahead']>[string]][] {
  const { kind, name, ours, theirs, after, said, authors } = part;
  const key = resourceKey(kind, name);
  const isOwn = owned.has(key) || ours?.source === source;
  if (said === undefined || (isOwn && isSame(said, after, 'source'))) return [];
  if (said === null && after === null && theirs === null) return [];
  return [[key, { said: said ?? {}, authors }]];
}

function isEmptied(state: State, source: string, owned: ReadonlySet<string>): boolean {
  return baseKinds.every((kind) =>
    all(state, kind).every(({ name, value }) => value.source !== source || owned.has(resourceKey(kind, name))),
  );
}

function reportOf(parts: readonly Part[], said: LastSaid, { winner }: MergeOptions): MergeReport {
  const later = (outcome: MergedField['outcome']): LaterChange[] =>
    parts.flatMap(({ kind, name, fields }) =>
      fields
        .filter((field) => field.outcome === outcome)
        .map(({ path, ours, theirs }) => ({
          resource: resourceKey(kind, name),
          field: path,
          log: shortened(ours),
          git: shortened(theirs),
          author: said.author(kind, name, path),
        })),
    );
  const conflicts = later('conflict');
  return {
    superseded: winner === 'theirs' ? conflicts : [],
    ahead: later('ahead'),
    held: winner === 'ours' ? conflicts : [],
  };
}
