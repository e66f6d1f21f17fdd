import type { z } from 'zod';
import type { ResourceKinds } from '../resources/kinds.js';
import type { DescribedSecret } from '../resources/secret.js';

/** What a manifest says, by kind: a resource as it is wanted; of a secret only that it is there. */
export interface ManifestValues extends Pick<ResourceKinds, 'Route' | 'AuthPolicy' | 'Upstream'> {
  readonly Secret: DescribedSecret;
}

/** Kinds of resources that manifests describe. Overlays are none: they end by themselves. */
export type ManifestKind = keyof ManifestValues;

/** A field by the keys that lead to it from the top of its document. */
export type FieldPath = readonly (string | number)[];

/** What makes two fields of one manifest contradict each other. */
export interface Contradiction {
  readonly path: FieldPath;
  readonly message: string;
}

/** How a resource of one kind is written as a manifest, and read back. */
export interface ManifestForm<K extends ManifestKind = ManifestKind, Spec extends z.ZodObject = z.ZodObject> {
  readonly kind: K;
  /** Folder in which an export puts manifests of this kind. */
  readonly folder: string;
  /** `metadata.name`. */
  readonly name: z.ZodType<string, string>;
  /** What is not said has a default, so a parsed spec is whole. Field metadata makes the JSON Schema. */
  readonly spec: Spec;
  /** The name under which the log holds a value. */
  identityOf(value: ManifestValues[K]): string;
  nameOf(value: ManifestValues[K]): string;
  /** As short as can be: what has its default is left out. */
  specOf(value: ManifestValues[K]): z.input<Spec>;
  valueOf(name: string, spec: z.output<Spec>): ManifestValues[K];
  /** Why name and fields, each right by itself, cannot stand together; null: they can. */
  contradiction(name: string, spec: z.output<Spec>): Contradiction | null;
  /** Why a field never stands in such a manifest, whose name is given where it has one; null: it is just not known. */
  forbidden?(field: string, name: unknown): string | null;
  /** What such a manifest only asserts and the log does not have so, since no apply can make it; null: it has. */
  missingPrerequisite?(value: ManifestValues[K], held: ResourceKinds[K] | undefined): Contradiction | null;
}

/** Types a form's functions from its schema. */
export function defineForm<K extends ManifestKind, Spec extends z.ZodObject>(
  form: ManifestForm<K, Spec>,
): ManifestForm<K, Spec> {
  return form;
}

/** The fields that say something else than their default does. */
export function besides<T extends object>(usual: Partial<T>, fields: T): Partial<T> {
  const kept = Object.entries(fields).filter(([name, value]) => {
    return value !== undefined && JSON.stringify(value) !== JSON.stringify(usual[name as keyof T]);
  });
  return Object.fromEntries(kept) as Partial<T>;
}
