/** Large values by the SHA-256 (hex) of their text. Throws `Failure('unavailable')` when the store does not answer. */
export interface Blobs {
  /** Keeps a text and answers its hash. Idempotent. */
  put(text: string): Promise<string>;
  /** The text with that hash; null when it is not there (any more), or damaged. */
  get(hash: string): Promise<string | null>;
  /** Keeps a list of objects that are much alike. It may be what {@link list} answers later, so nobody changes it any more. */
  putList(list: readonly object[]): Promise<string>;
  /** The list with that hash, nearly always from memory: nobody may change it. Null as with {@link get}. */
  list(hash: string): Promise<readonly object[] | null>;
}
