import type { RestorableResource, RestoreTarget } from '../../domain/backup/target.js';
import { isSame } from '../../domain/data/fields.js';
import { isBaseKind } from '../../domain/log/base-kinds.js';
import { changeOf, type Change } from '../../domain/log/commit.js';
import { stateAfter, stateDifference } from '../../domain/log/hypothetical.js';
import { find, type State, type StoredResource } from '../../domain/log/state.js';
import {
  definitionOf,
  resourceKey,
  type Resource,
  type ResourceKey,
  type ResourceKind,
} from '../../domain/resources/kinds.js';
import type { Operator } from '../../domain/resources/operator.js';
import { plainPathOf, secretCommand, vaultPathOf, type Secret } from '../../domain/resources/secret.js';
import type { Claim } from '../../domain/secrets/claim.js';
import { secretKindOf } from '../../domain/secrets/kinds.js';
import { vaultPathOfKey } from '../../domain/secrets/tls-key.js';
import type { Answers, Question } from '../questions.js';
import { staysPaused, withoutResuming } from './paused-schedules.js';

/** What a restore changes, before the rules that all returns to the past keep. */
export interface Restored {
  readonly changes: readonly Change[];
  /** One sentence for each thing that stays other than in the backup, with the reason. */
  readonly stays: readonly string[];
}

/** The part of a backup that a restore gives back. */
export interface Asked {
  readonly target: RestoreTarget;
  /** Plurals of kinds; empty: all base resources, and the secrets that are missing. */
  readonly components: readonly string[];
  /** The backup is that of another environment: without components, base resources only. */
  readonly into: boolean;
  readonly now: string;
}

/** Returns the changes of a restore. Overlays, sources, and what is newer than the backup and is neither base nor asked for, stay. */
export function restored(state: State, asked: Asked): Restored {
  const { target } = asked;
  const isMeant = (kind: ResourceKind) => isBaseKind(kind) && target.kinds.includes(kind) && isAsked(asked, kind);
  const then = stateOf(state, target);
  const base = stateDifference(state, then, isMeant).flatMap(withoutResuming);
  const secrets = restoredSecrets(state, asked);
  const operators = isNamed(asked, 'Operator') ? restoredOperators(state, target) : NOTHING;
  return {
    changes: [...secrets.changes, ...operators.changes, ...base],
    stays: [...secrets.stays, ...operators.stays, ...(isMeant('Schedule') ? staysPaused(state, then) : [])],
  };
}

const NOTHING: Restored = { changes: [], stays: [] };

function isAsked({ components }: Asked, kind: ResourceKind): boolean {
  return components.length === 0 || components.includes(definitionOf(kind).plural);
}

function isNamed({ components }: Asked, kind: ResourceKind): boolean {
  return components.includes(definitionOf(kind).plural);
}

/** Returns the base resources of a target as a state. */
function stateOf(state: State, { resources, isDescribed }: RestoreTarget): State {
  const sources = new Set([...state.resources.values()].flatMap(({ kind, name }) => (kind === 'Source' ? [name] : [])));
  const presently = new Map(state.resources);
  const held = resources.flatMap((one): [ResourceKey, StoredResource][] => {
    if (!isBaseKind(one.kind)) return [];
    const key = resourceKey(one.kind, one.name);
    const present = presently.get(key)?.value;
    const value = withSource(one, isDescribed ? (sourceIn(present) ?? null) : undefined, sources);
    const times = { createdAt: '', createdBy: '', updatedAt: '', updatedBy: '' };
    return [[key, { kind: one.kind, name: one.name, value, revision: 0, ...times }]];
  });
  return { ...state, resources: new Map(held) };
}

/** Manifests name no source, so a resource keeps that which it has. A source that is not in the log owns nothing. */
function withSource(
  { value }: RestorableResource,
  kept: string | null | undefined,
  sources: ReadonlySet<string>,
): Resource {
  const source = kept === undefined ? sourceIn(value) : kept;
  const known = source !== undefined && source !== null && sources.has(source) ? source : null;
  return !('source' in value) || value.source === known ? value : { ...value, source: known };
}

function sourceIn(value: Resource | undefined): string | null | undefined {
  return value !== undefined && 'source' in value ? value.source : undefined;
}

/** Secrets that are missing come back; those that exist keep their value, unless they are asked for. None is deleted. */
function restoredSecrets(state: State, asked: Asked): Restored {
  const { target, components, into, now } = asked;
  const isGiven = isNamed(asked, 'Secret');
  if (!isGiven && (components.length > 0 || into)) return NOTHING;
  const parts = target.resources.flatMap(({ kind, value }) => {
    if (kind !== 'Secret' || secretKindOf((value as Secret).kind).isOwn) return [];
    const held = find(state, 'Secret', (value as Secret).name)?.value ?? null;
    if (target.isDescribed) return held === null ? [undescribed(value as Secret)] : [];
    return held === null ? [created(value as Secret)] : [existing(held, value as Secret, { isGiven, now })];
  });
  const names = new Set(target.resources.flatMap(({ kind, name }) => (kind === 'Secret' ? [name] : [])));
  const newer = [...state.resources.values()].flatMap(({ kind, name, value }) =>
    kind === 'Secret' && isGiven && !names.has(name) && !secretKindOf((value as Secret).kind).isOwn
      ? [`secret ${name} is not in the backup and stays; delete it with: hecate delete secret --name ${name}`]
      : [],
  );
  return {
    changes: parts.flatMap(({ change }) => change ?? []),
    stays: [...parts.flatMap(({ stays }) => stays ?? []), ...newer],
  };
}

interface Part {
  readonly change?: Change;
  readonly stays?: string;
}

function undescribed({ name, kind }: Pick<Secret, 'name' | 'kind'>): Part {
  return {
    stays: `secret ${name} does not exist, and the backup has no values of secrets; create it with: ${secretCommand(name, kind)}`,
  };
}

/** A rotation that ran then has ended since. */
function created(secret: Secret): Part {
  return { change: changeOf('Secret', secret.name, null, { ...secret, rotation: null }) };
}

function existing(
  held: Secret,
  then: Secret,
  { isGiven, now }: { readonly isGiven: boolean; readonly now: string },
): Part {
  const { name, edition, settings } = then;
  if (held.edition === edition && (!isGiven || isSame(held.settings, settings))) return {};
  if (!isGiven) {
    return {
      stays: `secret ${name} keeps its present value (version ${held.version}); restore that of the backup (version ${then.version}) with: --components secrets`,
    };
  }
  if (held.rotation !== null) {
    return {
      stays: `secret ${name} keeps its value while it is rotated; see: hecate read secret rotation --name ${name}`,
    };
  }
  if (held.kind !== then.kind)
    return { stays: `secret ${name} stays: it is of the kind ${held.kind} now, and was ${then.kind}` };
  const value = held.edition === edition ? {} : { edition, version: held.version + 1, since: now, consumers: [] };
  return { change: changeOf('Secret', name, held, { ...held, settings, ...value }) };
}

/** Operators who are missing come back with their keys, and roles go back. Present keys stay: an old one may have leaked. */
function restoredOperators(state: State, { resources }: RestoreTarget): Restored {
  const parts = resources.flatMap(({ kind, value }): Part[] => {
    if (kind !== 'Operator') return [];
    const { secondKey: _second, ...then } = value as Operator;
    const held = find(state, 'Operator', then.name)?.value ?? null;
    if (held === null) return [{ change: changeOf('Operator', then.name, null, then) }];
    const stays =
      held.publicKey === then.publicKey
        ? {}
        : { stays: `operator ${then.name} keeps the present key; the backup has an older one` };
    if (held.role === then.role) return [stays];
    return [{ ...stays, change: changeOf('Operator', then.name, held, { ...held, role: then.role }) }];
  });
  return { changes: parts.flatMap(({ change }) => change ?? []), stays: parts.flatMap(({ stays }) => stays ?? []) };
}

/** A value that the state after a restore needs, with its path in Vault. */
interface NeededValue {
  readonly vaultPath: string;
  /** The change that needs it; null: the state needed it before too. */
  readonly change: Change | null;
}

/** Returns the values of secrets and of routes' certificates that the state needs after these changes. */
function neededValues(state: State, changes: readonly Change[]): readonly NeededValue[] {
  const changed = new Map(changes.map((change) => [resourceKey(change.kind, change.name), change]));
  // Copied first: a value that somebody else changes meanwhile is no reason to plan again.
  return [...new Map(stateAfter({ ...state, resources: new Map(state.resources) }, changes).resources)].flatMap(
    ([key, { kind, value }]) =>
      pathsOf(kind, value).map((vaultPath) => ({ vaultPath, change: changed.get(key) ?? null })),
  );
}

function pathsOf(kind: ResourceKind, value: Resource): readonly string[] {
  if (kind === 'Secret') {
    const secret = value as Secret;
    return secretKindOf(secret.kind).isOwn ? [] : [vaultPathOf(secret), plainPathOf(secret, secret.edition)];
  }
  if (kind !== 'Route' || !('tls' in value) || value.tls.certificate === null) return [];
  return [vaultPathOfKey(value.tls.certificate.fingerprint)];
}

/** Returns the questions whether Vault still has the values that the backup could bring back. */
export function valueQuestions(state: State, changes: readonly Change[], { values }: RestoreTarget): Question[] {
  return neededValues(state, changes).flatMap(({ vaultPath, change }) => {
    const isSecretOfChange = change?.kind === 'Secret' && !vaultPath.startsWith('plain/');
    return vaultPath in values || isSecretOfChange ? [{ kind: 'kept-value' as const, vaultPath }] : [];
  });
}

/** Returns the values to bring back to Vault from the backup. */
export function valueClaims(
  state: State,
  changes: readonly Change[],
  { values }: RestoreTarget,
  answers: Pick<Answers, 'isKept'>,
): Claim[] {
  return neededValues(state, changes).flatMap(({ vaultPath }) => {
    const staged = Object.hasOwn(values, vaultPath) ? values[vaultPath] : undefined;
    return staged === undefined || answers.isKept(vaultPath) ? [] : [{ staged, kind: 'stored' as const, vaultPath }];
  });
}

/** Returns a secret that would come back without its value, since neither Vault nor the backup has it; null: there is none. */
export function valueless(
  changes: readonly Change[],
  { values }: RestoreTarget,
  answers: Pick<Answers, 'isKept'>,
): Pick<Secret, 'name' | 'kind'> | null {
  for (const change of changes) {
    if (change.kind !== 'Secret' || change.after === null) continue;
    const vaultPath = vaultPathOf(change.after);
    if (!Object.hasOwn(values, vaultPath) && !answers.isKept(vaultPath)) return change.after;
  }
  return null;
}
