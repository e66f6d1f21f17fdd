// The kinds of secrets: how each is checked, kept in Vault and used. Imports middleware and values only. The rest of
// Hecate knows a kind by these interfaces and by the table in kinds.ts.
import type { SecretValue } from '../middleware/resolved-secrets.js';

/** Work that a kind needs and that is not pure. The activity that stores a value does it. */
export interface StoreEffects {
  /** Returns the bcrypt hash of a password. */
  readonly hashPassword: (password: string) => Promise<string>;
}

/** The rules for a value that a person hands over in a file: how it is checked, and what of it is kept in Vault. */
export interface ValueForm {
  /** Returns why a text cannot be the value; null: it can. Never repeats the text or a part that may be secret. */
  problem(text: string): string | null;
  /** Returns what is written to Vault. The text has no problem. */
  store(text: string, effects: StoreEffects): Promise<SecretValue>;
}

/** One kind of secret that people name and that the log knows: what it is for, its value, and the routes that use it. */
export interface SecretKind extends ValueForm {
  /** Name of the kind in flags, manifests, the log and Vault. It never changes. */
  readonly name: string;
  /** Purpose and users of the kind, for help. */
  readonly purpose: string;
  /** Content of the file with the value, for help and hints. */
  readonly content: string;
  /** Code of the refusal of a value that has a problem. */
  readonly refusalCode: string;
  /** Kinds of claims that older versions wrote for it; their workflows may still run. */
  readonly formerClaims?: readonly string[];
  /** Returns the names of the secrets of this kind that a route uses, whether or not they exist. */
  usedBy(route: SecretUser): readonly string[];
}

/** The parts of a route by which it can use a secret. */
export interface SecretUser {
  readonly middleware: readonly string[];
}
