import { z } from 'zod';
import { consumerSchema, endedRotationSchema, rotationSchema } from '../secrets/rotation.js';
import { secretKind, usualSecretKind, type SecretKindName } from '../secrets/kinds.js';
import { stagedId } from '../values/staged.js';
import { secretName } from '../values/name.js';
import { actionSchemaOf } from '../schedules/action.js';
import { actions } from '../schedules/actions.js';
import { defineKind, noReferences } from './definition.js';
import { scheduleSchema } from './schedule.js';

/** A secret that routes use. The log holds which value is in force; only Vault holds the value. */
export const secretSchema = z.strictObject({
  name: secretName,
  kind: secretKind,
  /** 1 for the first value; each new value adds 1. */
  version: z.number().int().min(1),
  /** Id under which the value was staged. Its path in Vault contains it, so older values stay readable. */
  edition: stagedId,
  /** Settings of the kind. */
  settings: z.record(z.string(), z.unknown()),
  /** The rotation that runs; null: none. */
  rotation: rotationSchema.nullable(),
  /** The last rotation that ended; null: there was none. */
  lastRotation: endedRotationSchema.nullable(),
  /** Time since when the value is in force, ISO 8601 UTC; null: since the secret was created. */
  since: z.iso.datetime().nullable(),
  /** Users that were seen with a value. */
  consumers: z.array(consumerSchema).readonly(),
});

/** A secret of {@link secretSchema}. */
export type Secret = z.infer<typeof secretSchema>;

/** The kind `Secret`. */
export const secretDefinition = defineKind({
  role: 'asserted',
  changedBy: 'operator',
  noun: 'secret',
  plural: 'secrets',
  schema: secretSchema,
  identity: 'name',
  driftsIn: null,
  refersTo: [],
  references: noReferences,
});

/** Returns a secret that was never rotated. */
export function newSecret(
  made: Pick<Secret, 'name' | 'kind' | 'version' | 'edition'> & { readonly settings?: Secret['settings'] },
): Secret {
  const { settings = {}, ...value } = made;
  return { ...value, settings, rotation: null, lastRotation: null, since: null, consumers: [] };
}

/** The regular rotation of a secret as its manifest has it. Its schedule follows from it. */
export const rotationPlanSchema = z.strictObject({
  ...scheduleSchema.pick({ every: true, at: true, timezone: true, jitter: true }).shape,
  ...actionSchemaOf(actions.rotate).omit({ kind: true, secret: true }).shape,
});

/** The regular rotation of a secret. */
export type RotationPlan = z.infer<typeof rotationPlanSchema>;

/** The part of a secret that a manifest may hold. */
export const describedSecretSchema = secretSchema
  .pick({ name: true, kind: true })
  .extend({ plan: rotationPlanSchema.optional() });

/** A secret of {@link describedSecretSchema}. */
export type DescribedSecret = z.infer<typeof describedSecretSchema>;

/** Returns the command that creates a secret; only a person can bring its value. */
export function secretCommand(name: string, kind: SecretKindName = usualSecretKind): string {
  return `hecate create secret --name ${name} --kind ${kind} --from-file FILE`;
}

/** Returns the path in Vault of a secret's value. */
export function vaultPathOf({ kind, name, edition }: Pick<Secret, 'kind' | 'name' | 'edition'>): string {
  return `${kind}/${name}/${edition}`;
}

/** Returns the path in Vault of the texts of an edition that a person or a call uses, when the value holds only hashes of them. */
export function plainPathOf(secret: Pick<Secret, 'kind' | 'name'>, edition: string): string {
  return `plain/${vaultPathOf({ ...secret, edition })}`;
}
