// The kinds of secrets: how each is checked, kept in Vault and used. Imports middleware and values only. The rest of
// Hecate knows a kind by these interfaces and by the table in kinds.ts.
import type { z } from 'zod';
import type { Minting } from './minting.js';
import type { SecretValue } from '../middleware/resolved-secrets.js';

/** Impure work that a kind needs. The activity that stores a value provides it. */
export interface StoreEffects {
  /** Returns the bcrypt hash of a password. */
  readonly hashPassword: (password: string) => Promise<string>;
}

/** The rules for a value that a person provides in a file: its check, and its form in Vault. */
export interface ValueForm {
  /** Returns the reason why a text is not a valid value; null: it is. Never repeats the text or a part that may be secret. */
  problem(text: string): string | null;
  /** Returns the fields to write to Vault for a valid text. */
  store(text: string, effects: StoreEffects): Promise<SecretValue>;
}

/** A kind of secret: its purpose, the rules for its value, and the routes that use it. */
export interface SecretKind extends ValueForm {
  /** Name of the kind in flags, manifests, the log and Vault. It never changes. */
  readonly name: string;
  /** Purpose and users of the kind, for help. */
  readonly purpose: string;
  /** Content of the file with the value, for help and hints. */
  readonly content: string;
  /** Code of the refusal of an invalid value. */
  readonly refusalCode: string;
  /** Kinds of claims that older versions wrote for it; their workflows may still run. */
  readonly formerClaims?: readonly string[];
  /** Returns the names of the secrets of this kind that a route uses, whether or not they exist. */
  usedBy(route: SecretUser): readonly string[];
  /** Settings of one secret of the kind, as the log and manifests hold them. Every field has a default. */
  readonly settings: z.ZodObject;
  /** True for a credential of Hecate itself: the worker registers it, and no command creates or deletes it. */
  readonly isOwn: boolean;
  /** Returns the form of a first value that the command line makes; absent: a person brings it. */
  readonly minting?: (settings: Readonly<Record<string, unknown>>) => Minting;
  /** Names of credentials of Hecate itself, and when the worker registers them, as a sentence without a full stop. */
  readonly ownSecrets?: { readonly names: readonly string[]; readonly registered: string };
  readonly rotation: RotationRules;
}

/** Facts about the rotation of a kind. */
export interface RotationRules {
  /** Maker of a new value: Hecate, a person who brings a file, or either. */
  readonly newValue: 'minted' | 'brought' | 'either';
  /** Returns true where a secret with these settings gets no new value without a file. Absent: never. */
  needsFile?(settings: Readonly<Record<string, unknown>>): boolean;
  /** Reason why two values cannot be valid at once, as a sentence without a full stop; null: dual-secret is possible. */
  readonly dualSecretProblem: string | null;
  /** The proxies' configuration depends on it, so that changes of what is accepted are written to them. */
  readonly isInProxies: boolean;
  /** A person uses the value, so that `reveal secret` may show it. */
  readonly isRevealable: boolean;
  /** A new credential is issued with the old one, so that `--revoke-now` issues before it revokes. */
  readonly issuesItself: boolean;
  /** Returns what a person should know before a rotation with these settings, as a sentence without a full stop; null: nothing. */
  readonly warning?: (secret: {
    readonly name: string;
    readonly settings: Readonly<Record<string, unknown>>;
  }) => string | null;
  /**
   * Returns what is known of the old value at the end, as a sentence without a full stop; absent: the rotation proves that it is
   * refused.
   */
  readonly endOfFormer?: (version: number, settings: Readonly<Record<string, unknown>>) => string;
  /** Proofs of a rotation, and their limits, for the reference. Sentences. */
  readonly proof: string;
}

/** The fields of a route that may name a secret. */
export interface SecretUser {
  readonly middleware: readonly string[];
  readonly tls?: { readonly secret?: string | undefined };
}
