/** Store of large values by the SHA-256 (hex) of their text. Throws `Failure('unavailable')` when the store does not answer. */
export interface Blobs {
  /** Stores a text and returns its hash. Idempotent. */
  put(text: string): Promise<string>;
  /** Returns the text with this hash; null when it is missing, expired or damaged. */
  get(hash: string): Promise<string | null>;
  /** Stores a list of similar objects and returns its hash. {@link list} may return this very list later, so do not change it. */
  putList(list: readonly object[]): Promise<string>;
  /** Returns the list with this hash, mostly from memory, so do not change it. Null as with {@link get}. */
  list(hash: string): Promise<readonly object[] | null>;
}
