/** Input of a workflow, signal or update that is none of Hecate's, for the history. Every text is cut. */
export interface RefusedInput {
  readonly entry: 'workflow' | 'signal' | 'update';
  /** Name of the workflow, signal or update. */
  readonly name: string;
  /** Tells the inputs of one run apart: id of the update, number of the signal. Empty for the workflow's own input. */
  readonly call: string;
  /** The input as JSON. */
  readonly given: string;
  /** What the input claims to be, as far as it has texts for that. */
  readonly operation: string;
  readonly subject: string;
  readonly actor: string | null;
  readonly reason: string | null;
}

/** Activities of every workflow's entry. */
export interface EntryActivities {
  /** Records the input in the history as refused. Always throws `denied`, whoever calls it. Idempotent. */
  refuseInput(input: RefusedInput): Promise<never>;
}
