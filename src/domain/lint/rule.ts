import type { FieldPath, ManifestValues } from '../manifests/form.js';
import type { ManifestKind } from '../resources/kinds.js';
import type { Route } from '../resources/route.js';
import type { Upstream } from '../resources/upstream.js';

/** An error would be refused by an apply; the others are for a person to judge. */
export type Severity = 'error' | 'warning' | 'info';

/** What a rule found at one field of a resource. */
export interface Complaint {
  readonly field: FieldPath;
  /** A sentence that names the resource by what people call it. */
  readonly message: string;
}

/** What a rule may know beside the resource that it looks at: the source, and the log where it was asked. */
export interface World {
  readonly routes: readonly Route[];
  upstream(name: string): Upstream | undefined;
  /** The source was read without problems, so what is not there is not meant to be. */
  readonly isWhole: boolean;
}

/** One practice, held against every resource of a kind. */
export interface LintRule<K extends ManifestKind = ManifestKind> {
  /** Stable; scripts ignore by it. */
  readonly code: `HEC${number}`;
  readonly severity: Severity;
  /** A noun phrase for the list of codes. */
  readonly title: string;
  readonly kind: K;
  check(value: ManifestValues[K], world: World): readonly Complaint[];
}

/** A complaint about one field, or none. */
export function complainIf(applies: boolean, field: FieldPath, message: string): Complaint[] {
  return applies ? [{ field, message }] : [];
}
