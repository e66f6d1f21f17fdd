/** The workflows that take bypasses out of the log when their time is over. */
export interface BypassEndings {
  /** Makes sure that one runs for this domain's bypass. May be called for one that has it. Throws `Failure('unavailable')`. */
  ensure(domain: string): Promise<void>;
}
