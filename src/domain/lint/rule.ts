import type { FieldPath, ManifestValues } from '../manifests/form.js';
import type { ManifestKind } from '../resources/kinds.js';
import type { Route } from '../resources/route.js';
import type { Upstream } from '../resources/upstream.js';

/** `error`: apply would refuse it. The others are advice. */
export type Severity = 'error' | 'warning' | 'info';

/** A finding of a rule at one field of a resource. */
export interface Finding {
  readonly field: FieldPath;
  /** A sentence with the resource's name. */
  readonly message: string;
}

/** Other resources that a rule may use: those of the source, and those of the log when it was read. */
export interface World {
  readonly routes: readonly Route[];
  upstream(name: string): Upstream | undefined;
  /** True: the source was read without problems, so a missing resource is missing on purpose. */
  readonly isWhole: boolean;
}

/** One best practice for a kind of resource. */
export interface LintRule<K extends ManifestKind = ManifestKind> {
  /** Stable, because scripts select findings by it. */
  readonly code: `HEC${number}`;
  readonly severity: Severity;
  /** Noun phrase for the list of rules. */
  readonly title: string;
  readonly kind: K;
  check(value: ManifestValues[K], world: World): readonly Finding[];
}

/** Returns a finding about one field when `applies`, else nothing. */
export function findingIf(applies: boolean, field: FieldPath, message: string): Finding[] {
  return applies ? [{ field, message }] : [];
}
