import type { z } from 'zod';
import type { KindWithRole, ManifestKind, ResourceKinds } from '../resources/kinds.js';
import type { DescribedSecret } from '../resources/secret.js';

/** Values that manifests assert, by kind: the part of a resource that needs no value from outside the log. */
interface AssertedValues {
  readonly Secret: DescribedSecret;
}

/** The value of a manifest, by kind: the desired resource, or the assertion that one exists. */
export type ManifestValues = {
  readonly [K in ManifestKind]: K extends KindWithRole<'asserted'> ? AssertedValues[K] : ResourceKinds[K];
};

/** Keys that lead to a field from the top of its document. */
export type FieldPath = readonly (string | number)[];

/** A contradiction between two fields of one manifest, at one of them. */
export interface Contradiction {
  /** True: the other fields need a field that is missing. */
  readonly isMissing?: boolean;
  readonly path: FieldPath;
  readonly message: string;
}

/** A resource that a manifest of another one describes. */
export interface Implied {
  readonly kind: KindWithRole<'base'>;
  readonly value: ResourceKinds[KindWithRole<'base'>];
  /** The field of the manifest that describes it. */
  readonly field: FieldPath;
}

/** The form of manifests of one kind: converts resources to manifests and back. */
export interface ManifestForm<K extends ManifestKind = ManifestKind, Spec extends z.ZodObject = z.ZodObject> {
  readonly kind: K;
  /** Schema of `metadata.name`. */
  readonly name: z.ZodType<string, string>;
  /** Schema of `spec`. Optional fields have defaults, so a parsed spec is complete. Its metadata becomes the JSON Schema. */
  readonly spec: Spec;
  /** Returns `metadata.name`. */
  nameOf(value: ManifestValues[K]): string;
  /** Returns `spec` without the fields that have their defaults. */
  specOf(value: ManifestValues[K]): z.input<Spec>;
  /** Returns the value that a name and a parsed spec describe. */
  valueOf(name: string, spec: z.output<Spec>): ManifestValues[K];
  /** Returns the contradiction between fields that are each valid; null: there is none. */
  contradiction(name: string, spec: z.output<Spec>): Contradiction | null;
  /** Returns the reason why a field is forbidden in a manifest of that name; null: the field is only unknown. */
  forbidden?(field: string, name: unknown): string | null;
  /** Returns the resources that a value describes beside its own, each with the field that describes it. */
  implies?(value: ManifestValues[K]): readonly Implied[];
  /** Returns the problem when the log does not hold what the manifest asserts and apply cannot create it; null: no problem. */
  missingPrerequisite?(value: ManifestValues[K], held: ResourceKinds[K] | undefined): Contradiction | null;
}

/** Returns the form as it is; infers the types of its functions from its schema. */
export function defineForm<K extends ManifestKind, Spec extends z.ZodObject>(
  form: ManifestForm<K, Spec>,
): ManifestForm<K, Spec> {
  return form;
}

/** Returns the fields that differ from their defaults, without undefined ones. */
export function withoutDefaults<T extends object>(usual: Partial<T>, fields: T): Partial<T> {
  const kept = Object.entries(fields).filter(([name, value]) => {
    return value !== undefined && JSON.stringify(value) !== JSON.stringify(usual[name as keyof T]);
  });
  return Object.fromEntries(kept) as Partial<T>;
}
