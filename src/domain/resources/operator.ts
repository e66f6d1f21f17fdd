import { z } from 'zod';
import { OPERATOR_SECRET_PREFIX } from '../secrets/operator-key.js';
import { isResourceName, resourceName } from '../values/name.js';
import { roleSchema } from '../values/role.js';
import { defineKind, noReferences } from './definition.js';

/** Actor of the changes that the worker makes by itself. No operator has this name. */
export const OWN_ACTOR = 'hecate';

/** Operation of the commits by which a rotation makes keys of an operator valid, or revokes them. */
export const KEY_ROTATION = 'operator.rotate';

/** Name of an operator, which the history shows as the actor. */
export const operatorName = resourceName('an operator’s name').refine(
  (name) => name !== OWN_ACTOR,
  `${OWN_ACTOR} is the name of what Hecate does by itself; choose another one`,
);

/** Public half of an operator's Ed25519 key: 32 bytes in base64url without padding (RFC 8037). */
export const publicKey = z
  .string()
  .regex(/^[A-Za-z0-9_-]{43}$/, 'a public key is 43 characters of base64url, as `hecate list operators` shows it');

/** A person or service that may start operations, and the public key that its requests are verified with. */
export const operatorSchema = z.strictObject({
  name: operatorName,
  role: roleSchema,
  publicKey,
  /** Another key whose requests are accepted too, while the key is rotated; absent: none. */
  secondKey: publicKey.optional(),
});

/** An operator of {@link operatorSchema}. */
export type Operator = z.infer<typeof operatorSchema>;

/** Returns the public keys whose requests are accepted as the operator's. */
export function keysOf({ publicKey, secondKey }: Pick<Operator, 'publicKey' | 'secondKey'>): readonly string[] {
  return secondKey === undefined ? [publicKey] : [publicKey, secondKey];
}

/** Returns the name of the secret that the key of an operator is; null: the name would be too long for a secret. */
export function operatorSecret(operator: string): string | null {
  const name = `${OPERATOR_SECRET_PREFIX}${operator}`;
  return isResourceName(name) ? name : null;
}

/** Returns the operator whose key a secret of the kind `operator-key` is. */
export function operatorOfSecret(secret: string): string {
  return secret.slice(OPERATOR_SECRET_PREFIX.length);
}

/** The kind `Operator`. */
export const operatorDefinition = defineKind({
  role: 'authority',
  changedBy: 'admin',
  noun: 'operator',
  plural: 'operators',
  schema: operatorSchema,
  identity: 'name',
  driftsIn: null,
  refersTo: [],
  references: noReferences,
});
