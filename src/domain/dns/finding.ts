// Names in the domain name system: what name servers answer, and what that means for visitors and certificates. Imports values.

/** How grave a finding is. `error`: visitors or certificates fail by it. */
export type Severity = 'error' | 'warning' | 'info';

/** All severities, the gravest first. */
export const severities = ['error', 'warning', 'info'] as const satisfies readonly Severity[];

/** Something that was found out about a name or a request. */
export interface Finding {
  /** A stable name, such as `NoRecords`; those about names are as letsdebug.net has them. */
  readonly name: string;
  readonly severity: Severity;
  /** What this means, the same for each finding of this name. */
  readonly explanation: string;
  /** What was found, in one sentence. */
  readonly detail: string;
}
