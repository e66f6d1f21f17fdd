import { nearest } from '../data/nearest.js';
import { hasRole, referencesFrom, resourceWords, type ManifestKind, type ResourceKinds } from '../resources/kinds.js';
import { secretCommand } from '../resources/secret.js';
import type { SecretKindName } from '../secrets/kinds.js';
import type { FieldPath } from './form.js';
import type { ManifestResource } from './manifest.js';

/** A field of a manifest that names another resource. */
export interface ManifestReference {
  readonly path: FieldPath;
  readonly kind: ManifestKind;
  readonly name: string;
  /** Kind of the secret that is needed, when `kind` is Secret. */
  readonly secretKind?: SecretKindName;
}

/** Returns the resources that a manifest needs to exist. */
export function referencesOf({ kind, value }: ManifestResource): ManifestReference[] {
  // An asserted value lacks fields of the resource, but none that could name another one.
  return referencesFrom(kind, value as ResourceKinds[ManifestKind]).flatMap(({ kind: target, field, ...rest }) =>
    hasRole(target, 'base', 'asserted') ? [{ ...rest, kind: target, path: ['spec', ...field] }] : [],
  );
}

/** Returns the message for a reference to a resource that does not exist, with the nearest known name. */
export function unresolvedMessage({ kind, name, secretKind }: ManifestReference, known: readonly string[]): string {
  const close = nearest(name, known);
  const hint = kind === 'Secret' ? `; create it with: ${secretCommand(name, secretKind)}` : '';
  return `there is no ${resourceWords(kind, name)}${close ? `; did you mean ${close}?` : hint}`;
}
