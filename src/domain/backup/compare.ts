import { fieldDifferences, isSame } from '../data/fields.js';
import { resourceKey, type Resource, type ResourceKey, type ResourceKind } from '../resources/kinds.js';
import type { Secret } from '../resources/secret.js';
import { secretKindOf } from '../secrets/kinds.js';
import type { State } from '../log/state.js';
import type { RestorableResource, RestoreTarget } from './target.js';

/** A resource that a backup and the log do not have alike. */
export interface ResourceDifference {
  readonly kind: ResourceKind;
  readonly name: string;
  /** `missing`: only the backup has it. `added`: only the log has it. */
  readonly difference: 'missing' | 'added' | 'changed';
  /** Fields that differ; empty unless it is `changed`. */
  readonly fields: readonly {
    readonly field: string;
    /** Value in the backup; null: it has none. */
    readonly backup: unknown;
    /** Value in the log; null: it has none. */
    readonly log: unknown;
  }[];
}

/**
 * Returns the resources that a backup and the log do not have alike, by kind and name. Only kinds that the backup has count, and
 * not Hecate's own credentials, which it replaces by itself.
 */
export function backupDifferences(target: RestoreTarget, state: State): ResourceDifference[] {
  const isMeant = ({ kind, value }: Pick<RestorableResource, 'kind' | 'value'>) =>
    target.kinds.includes(kind) && !(kind === 'Secret' && secretKindOf((value as Secret).kind).isOwn);
  const there = new Map(target.resources.filter(isMeant).map((one) => [resourceKey(one.kind, one.name), one]));
  const here = new Map([...state.resources].filter(([, held]) => isMeant(held)));
  const keys = [...new Set<ResourceKey>([...there.keys(), ...here.keys()])].sort();
  return keys.flatMap((key): ResourceDifference[] => {
    const [backup, log] = [there.get(key), here.get(key)];
    if (backup === undefined) return log === undefined ? [] : [{ ...named(log), difference: 'added', fields: [] }];
    if (log === undefined) return [{ ...named(backup), difference: 'missing', fields: [] }];
    const fields = differing(backup.kind, { then: backup.value, now: log.value, isDescribed: target.isDescribed });
    return fields.length === 0 ? [] : [{ ...named(backup), difference: 'changed', fields }];
  });
}

function named({ kind, name }: { readonly kind: ResourceKind; readonly name: string }) {
  return { kind, name };
}

function differing(
  kind: ResourceKind,
  { then, now, isDescribed }: { readonly then: Resource; readonly now: Resource; readonly isDescribed: boolean },
): ResourceDifference['fields'] {
  const [old, present] = [compared(kind, then, isDescribed), compared(kind, now, isDescribed)];
  if (isSame(old, present)) return [];
  return fieldDifferences(old, present).map(({ path, before, after }) => ({
    field: path,
    backup: before ?? null,
    log: after ?? null,
  }));
}

/** Returns the part of a resource that counts: of a secret the value in force, and of manifests what they say. */
function compared(kind: ResourceKind, value: Resource, isDescribed: boolean): object {
  if (kind === 'Secret') {
    const { name, kind: ofSecret, version, edition, settings } = value as Secret;
    return isDescribed ? { name, kind: ofSecret } : { name, kind: ofSecret, version, edition, settings };
  }
  if (!isDescribed || !('source' in value)) return value;
  const { source: _source, ...rest } = value;
  return rest;
}
