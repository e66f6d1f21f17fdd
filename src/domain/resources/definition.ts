import type { z } from 'zod';
import type { SecretKindName } from '../secrets/kinds.js';
import type { Role as OperatorRole } from '../values/role.js';

/** A field of a resource that names another resource. */
export interface Reference<Kind extends string = string> {
  /** Kind of the resource that is named. */
  readonly kind: Kind;
  readonly name: string;
  /** Kind of the secret that is needed, when `kind` is Secret. */
  readonly secretKind?: SecretKindName;
  /** Keys that lead to the field from the top of the resource. */
  readonly field: readonly (string | number)[];
}

/**
 * The part that a kind plays in the log.
 * - `base`: desired for good. Manifests describe it; apply, undo and rollback create, change and delete it.
 * - `asserted`: kept for good, with a value outside the log. Manifests only assert that it exists; its own commands change it.
 * - `overlay`: an exception on a route that ends by itself or by a command. It has the route's domain as its identity.
 * - `exception`: ends by itself or by a command too, and has a name of its own. An undo leaves it as it is.
 * - `authority`: who may start operations. Only its own commands and the undo of one of them change it: neither a
 *   repository nor a rollback may give back a right that was taken away.
 * - `bookkeeping`: Hecate's own records. Counts and summaries leave it out.
 */
export type ResourceRole = 'base' | 'asserted' | 'overlay' | 'exception' | 'authority' | 'bookkeeping';

/** A system that a reconcile compares with the log. */
export type DriftingSystem = 'proxy' | 'identity' | 'scheduler';

/** Everything that the rest of Hecate derives from one kind of resource. */
export interface ResourceDefinition<
  Value extends object,
  Role extends ResourceRole,
  Plural extends string,
  Refers extends string,
> {
  readonly role: Role;
  /** Lowest role of an operator who may change resources of this kind, by whatever operation. */
  readonly changedBy: OperatorRole;
  /** Singular for sentences, such as `auth policy`. With hyphens it begins refusal codes: `auth-policy-missing`. */
  readonly noun: string;
  /** Plural for `hecate list`, for folders of an export and, of kinds in manifests, for components of a reconcile. */
  readonly plural: Plural;
  readonly schema: z.ZodObject & z.ZodType<Value>;
  /** Field whose value is the resource's name in the log. */
  readonly identity: 'domain' | 'name';
  /** System in which a reconcile finds differences of this kind: `scheduler` is Temporal; null: in none. */
  readonly driftsIn: DriftingSystem | null;
  /** Kinds that a resource of this kind may name. They are created before it and deleted after it. */
  readonly refersTo: readonly Refers[];
  references(value: Value): readonly Reference<NoInfer<Refers>>[];
}

/** Returns the definition as it is; infers its types, so that a missing or misspelt part does not compile. */
export function defineKind<
  Value extends { readonly domain: string } | { readonly name: string },
  const Role extends ResourceRole,
  const Plural extends string,
  const Refers extends string = never,
>(
  definition: ResourceDefinition<Value, Role, Plural, Refers> & {
    readonly identity: Role extends 'overlay'
      ? 'domain'
      : Value extends { readonly domain: string }
        ? 'domain'
        : 'name';
  },
): ResourceDefinition<Value, Role, Plural, Refers> {
  return definition;
}

/** References of a resource that names no other. */
export const noReferences = (): readonly [] => [];
