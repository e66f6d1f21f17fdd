import type { Proof } from '../../domain/trust/proof.js';
import { withPrefix } from '../../domain/values/environment-name.js';

/** Key under which the history has each value that was shown to a person. */
export const REVEAL_KEY = 'secret.reveal';

/** Key under which the history has each export of the identity that opens the backups. */
export const EXPORT_IDENTITY_KEY = 'backup.identity';

/** The question of an admin for the value of a secret, or for the identity that opens the backups. */
export interface RevealQuestion {
  readonly operation: typeof REVEAL_KEY | typeof EXPORT_IDENTITY_KEY;
  /** Name of the secret; of an identity: `backup`. */
  readonly subject: string;
  /** The operator whose key signed the question. */
  readonly actor: string;
  readonly onBehalfOf?: string;
  readonly reason: string | null;
  /** X25519 public key (base64url) of the command, which alone can read the answer. */
  readonly publicKey: string;
  readonly proof?: Proof;
}

/** A value that only the command which asked for it can read. An identity has the kind `backup-identity`. */
export interface RevealedSecret {
  readonly name: string;
  readonly kind: string;
  readonly version: number;
  readonly edition: string;
  /** Ciphertext of a JSON object: text by name of the field. Bound to {@link revealedAbout}. */
  readonly ciphertext: string;
  /** Names of fields of which Vault has a hash only. */
  readonly hashedOnly: readonly string[];
}

/** The activity that shows a value. It writes the history and nothing else. */
export interface RevealActivities {
  revealSecret(question: RevealQuestion): Promise<RevealedSecret>;
}

/** Returns the text to which the ciphertext of a value is bound. */
export function revealedAbout({ kind, name, edition }: Pick<RevealedSecret, 'kind' | 'name' | 'edition'>): string {
  return `${kind}/${name}/${edition}`;
}

/** Returns the id of a question for a value; `id` is unique. */
export function revealId(prefix: string, name: string, id: string): string {
  return withPrefix(prefix, `reveal/${name}/${id}`);
}

/** Type name of the workflow that shows a value, for servers without standalone activities. */
export const REVEAL_WORKFLOW = 'revealSecret';
