/** Large texts by the SHA-256 (hex) of their UTF-8 bytes. Throws `Failure('unavailable')` when the store does not answer. */
export interface Blobs {
  /** Keeps a text and answers its hash. Idempotent. */
  put(text: string): Promise<string>;
  /** The text with that hash; null when it is not there (any more), or damaged. */
  get(hash: string): Promise<string | null>;
}
