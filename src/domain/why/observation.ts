/**
 * Kinds of observations. `repaired`: a system was not as the log says, and was written again. `started`: a component began to
 * run. `server-down` and `server-up`: an upstream server stopped or began to answer.
 */
export const observationKinds = ['repaired', 'started', 'server-down', 'server-up'] as const;

/** An event that is not in the log, since nobody decided it. */
export interface Observation {
  /** When it happened, ISO 8601 UTC. */
  readonly at: string;
  readonly kind: (typeof observationKinds)[number];
  /** Name of the proxy or component, or the dial address of the server. */
  readonly subject: string;
  /** A clause for a person, such as `3 differences`; null: nothing more is known. Never contains a secret. */
  readonly detail: string | null;
}

/** Returns what the newest observation of a subject is looked up by: observations of both states of a server share it. */
export function topicOf(kind: Observation['kind']): string {
  return kind === 'server-down' || kind === 'server-up' ? 'server' : kind;
}
