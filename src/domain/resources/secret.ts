import { z } from 'zod';
import { stagedId } from '../values/staged.js';
import { secretName } from '../values/name.js';

/** What a secret is for. */
export const secretKind = z.enum(['basic-auth']);

/** A secret that routes use. The log says which one is in force; its value lies in Vault only. */
export const secretSchema = z.strictObject({
  name: secretName,
  kind: secretKind,
  /** 1 at first, one more with every new value. */
  version: z.number().int().min(1),
  /** Under which id the value was handed over; it lies under it for ever, so going back to it is possible. */
  edition: stagedId,
});

export type Secret = z.infer<typeof secretSchema>;

/** What can be said of a secret without its value: that it is there, and what for. */
export const describedSecretSchema = secretSchema.pick({ name: true, kind: true });

export type DescribedSecret = z.infer<typeof describedSecretSchema>;

/** The command that brings a secret's value, which nothing but a person can. */
export function secretCommand(name: string, kind: Secret['kind'] = 'basic-auth'): string {
  return `hecate create secret --name ${name} --kind ${kind} --from-file FILE`;
}

/** Where a secret's value lies in Vault. */
export function secretPlace({ kind, name, edition }: Pick<Secret, 'kind' | 'name' | 'edition'>): string {
  return `${kind}/${name}/${edition}`;
}
