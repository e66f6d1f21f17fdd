import { z } from 'zod';
import { basicAuth } from './basic-auth.js';
import type { SecretKind, SecretUser } from './kind.js';

/** Every kind of secret, in the order of help. A new kind is its own file and an entry here. */
const kinds = [basicAuth] as const satisfies readonly SecretKind[];

/** The name of a kind. */
export type SecretKindName = (typeof kinds)[number]['name'];

/** Every kind of secret, typed by its interface. */
export const secretKinds: readonly (SecretKind & { readonly name: SecretKindName })[] = kinds;

/** The name of a kind, as flags, manifests and the log hold it. */
export const secretKind = z.enum(kinds.map(({ name }) => name));

/** Default kind of a secret when a command names none. Older versions had only this one. */
export const usualSecretKind: SecretKindName = 'basic-auth';

/** Returns the kind of that name. Throws for an unknown name, since schemas have checked it before. */
export function secretKindOf(name: string): SecretKind {
  const kind = secretKinds.find((one) => one.name === name);
  if (kind) return kind;
  throw new Error(`${name} is not a kind of secret`);
}

/** The purpose of each kind, for the help of a field that names one. */
export const purposes = kinds.map(({ name, purpose }) => `${name}, ${purpose}`).join('; ');

/** Returns the reason why a text is not a value of the kind; null: it is. With the kind null, a value of any kind is valid. */
export function valueProblem(text: string, kind: SecretKindName | null): string | null {
  const problems = (kind === null ? secretKinds : [secretKindOf(kind)]).map((one) => one.problem(text));
  return problems.includes(null) ? null : (problems[0] ?? null);
}

/** A secret that a route uses. */
export interface UsedSecret {
  readonly kind: SecretKindName;
  readonly name: string;
}

/** Returns the secrets that a route uses, whether or not they exist, with duplicates. */
export function secretsUsedBy(route: SecretUser): UsedSecret[] {
  return secretKinds.flatMap((kind) => kind.usedBy(route).map((name) => ({ kind: kind.name, name })));
}
