/** Large values by the SHA-256 (hex) of their JSON. Throws `Failure('unavailable')` when the store does not answer. */
export interface Blobs {
  /** Keeps a text and answers its hash. Idempotent. */
  put(text: string): Promise<string>;
  /** The text with that hash; null when it is not there (any more), or damaged. */
  get(hash: string): Promise<string | null>;
  /** Keeps a value as JSON. It may be what {@link parsed} answers later, so nobody changes it any more. */
  putJson(value: object): Promise<string>;
  /** The value whose JSON has that hash, nearly always from memory: nobody may change it. Null as with {@link get}. */
  parsed(hash: string): Promise<unknown>;
}
