import { z } from 'zod';
import { authentikToken } from './authentik-token.js';
import { basicAuth } from './basic-auth.js';
import { caddyAdminPassword } from './caddy-admin-password.js';
import { natsCredentials } from './nats-credentials.js';
import { operatorKey } from './operator-key.js';
import { vaultApprole } from './vault-approle.js';
import { generic } from './generic.js';
import { tlsCertificate } from './tls-certificate.js';
import type { SecretKind, SecretUser } from './kind.js';

/** Every kind of secret, in the order of help and of `rotate-all`: what others are issued with comes first. A new kind is its own file and an entry here. */
const kinds = [
  operatorKey,
  natsCredentials,
  vaultApprole,
  authentikToken,
  caddyAdminPassword,
  tlsCertificate,
  basicAuth,
  generic,
] as const satisfies readonly SecretKind[];

/** The name of a kind. */
export type SecretKindName = (typeof kinds)[number]['name'];

/** Every kind of secret, typed by its interface. */
export const secretKinds: readonly (SecretKind & { readonly name: SecretKindName })[] = kinds;

/** The name of a kind, as flags, manifests and the log hold it. */
export const secretKind = z.enum(kinds.map(({ name }) => name));

/** Returns the kind of that name. Throws for an unknown name, since schemas have checked it before. */
export function secretKindOf(name: string): SecretKind {
  const kind = secretKinds.find((one) => one.name === name);
  if (kind) return kind;
  throw new Error(`${name} is not a kind of secret`);
}

/** Kinds of which people create secrets. The others are Hecate's own credentials. */
export const creatableKinds = secretKinds.filter(({ isOwn }) => !isOwn);

/** The name of a kind of which people create secrets. */
export type CreatableKindName = Extract<(typeof kinds)[number], { readonly isOwn: false }>['name'];

/** The name of a kind of which people create secrets, as flags hold it. */
export const creatableKind = z.enum(
  creatableKinds.map(({ name }) => name) as [CreatableKindName, ...CreatableKindName[]],
);

/** Returns true where a person must bring each new value of a secret. */
export function needsFile({
  kind,
  settings,
}: {
  readonly kind: string;
  readonly settings: Readonly<Record<string, unknown>>;
}): boolean {
  const { rotation } = secretKindOf(kind);
  return rotation.newValue === 'brought' || rotation.needsFile?.(settings) === true;
}

/** Default kind of a secret when a command names none. Older versions had only this one. */
export const usualSecretKind: CreatableKindName = 'basic-auth';

/** The purpose of each kind that people create, for the help of a field that names one. */
export const purposes = creatableKinds.map(({ name, purpose }) => `${name}, ${purpose}`).join('; ');

/** Returns the reason why a text is not a value of the kind; null: it is. With the kind null, a value of any kind is valid. */
export function valueProblem(text: string, kind: SecretKindName | null): string | null {
  const problems = (kind === null ? creatableKinds : [secretKindOf(kind)]).map((one) => one.problem(text));
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
