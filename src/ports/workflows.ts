/** The way to the one workflow that tends a route's canary. Every call throws `Failure('unavailable')` when it is not there. */
export interface CanaryWatch {
  /** Starts it where none runs, and has it look at the log now. May be called at any time. */
  tend(domain: string): Promise<void>;
  /** Whether one runs. */
  isTended(domain: string): Promise<boolean>;
}
