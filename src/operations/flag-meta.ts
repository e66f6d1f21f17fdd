/** Metadata of an input field that the command line reads. */
export interface FlagMeta {
  /** Flag without dashes; default: the field's name in kebab case. */
  readonly flag?: string;
  /** Placeholder in help, e.g. `host:port`. */
  readonly placeholder?: string;
  /** A record is given as repeated `name=value`; `none` alone is the empty one. */
  readonly repeatable?: boolean;
  /** A list is given with commas; `none` is the empty one. */
  readonly list?: boolean;
  /** A list is given item by item, by repeating the flag; `none` alone is the empty one. */
  readonly items?: boolean;
  /** A folder whose manifests the command line reads and hands over; a URL is read by the worker. */
  readonly manifests?: boolean;
  /** A time, given as people write it; the input has it as ISO 8601 UTC. */
  readonly moment?: boolean;
  /** Given without a value the flag means this one. */
  readonly bare?: string;
  /**
   * The flag names a file (`-`: standard input; `none` names none) whose content is the value. A `secret` one goes through
   * Vault: the value is the id under which it lies there.
   */
  readonly file?: 'text' | 'secret';
  /** Not a flag: only Hecate itself sets it. */
  readonly internal?: boolean;
}
