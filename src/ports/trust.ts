/** Signs requests with an operator's private key. */
export interface Signer {
  /** Name of the operator whose key this is. */
  readonly operator: string;
  /** Returns the Ed25519 signature of a text, in base64url. */
  sign(text: string): string;
}

/** Returns true when a signature of a text (base64url) was made with the private half of a public key (base64url). Malformed ones are false. */
export type VerifySignature = (publicKey: string, text: string, signature: string) => boolean;

/**
 * Encrypts a text so that only the owner of an X25519 public key (base64url) can read it. `about` is bound to the ciphertext
 * (base64url): with another one it does not open. Texts end without white space. Throws for a malformed key.
 */
export type EncryptFor = (publicKey: string, text: string, about: string) => string;

/**
 * Seals texts of this environment's workers with a key that only they have, so that a workflow can carry them from one
 * activity to another and nobody can alter or invent one.
 */
export interface Seals {
  /** Returns the seal of a text, in base64url. Deterministic. */
  seal(text: string): string;
  /** Returns true for the seal of this text. Takes the same time for every wrong one. */
  holds(text: string, seal: string): boolean;
}

/** Remembers which request was taken by which run of a workflow, so that nobody can have it carried out again. */
export interface TakenRequests {
  /**
   * Takes a request for a run. Returns false when another run has taken it before. Idempotent for the same run. Kept for
   * longer than a request is valid, across restarts and for all workers of the environment.
   */
  take(id: string, runId: string): Promise<boolean>;
  /** Returns the run that took a request; null: none did, or that is too long ago. */
  takenBy(id: string): Promise<string | null>;
}
