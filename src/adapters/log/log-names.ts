import type { NatsConnection } from 'nats';
import type { FigureLevel } from '../../domain/traffic/figures.js';
import { environmentName } from '../../domain/values/environment-name.js';

/** Key of the stream's metadata with the log's id. */
export const LOG_ID = 'hecate-log-id';

/** Names of one environment's log and the stores beside it in NATS. */
export type LogNames = ReturnType<typeof logNames>;

/** Returns the names of an environment's log in NATS. Those of `main` are those of versions that had only one environment. */
export function logNames(environment?: string) {
  const start = environmentName('hecate', environment);
  return {
    /** Stream that holds the log. */
    stream: environmentName('HECATE', environment),
    /** Subjects of all commits. */
    commits: `${start}.commit.>`,
    /** Subjects of all outcomes; separate, so that an outcome never makes a commit conflict. */
    outcomes: `${start}.outcome.>`,
    /** Bucket of snapshots; only a cache. */
    snapshots: `${start}-snapshots`,
    /** Bucket with the changes of large commits; never emptied. */
    blobs: `${start}-blobs`,
    /** Bucket of inputs and plans; its values expire after an hour. */
    blobStaging: `${start}-staging`,
    /** Stream of the requests that were taken; they expire after an hour. */
    taken: `${environmentName('HECATE', environment)}-TAKEN`,
    /** Subjects of all taken requests. */
    takenRequests: `${start}.taken.*`,
    /** Stream of events that are not in the log. */
    seen: `${environmentName('HECATE', environment)}-SEEN`,
    /** Subjects of all observations. */
    observations: `${start}.seen.>`,
    /** Stream with the last run of each schedule. */
    runs: `${environmentName('HECATE', environment)}-RUNS`,
    /** Subjects of all scheduled runs. */
    scheduledRuns: `${start}.run.*`,
    /** Streams of the traffic figures, by level. */
    figures: {
      '10s': `${environmentName('HECATE', environment)}-TRAFFIC-10S`,
      '1m': `${environmentName('HECATE', environment)}-TRAFFIC-1M`,
      '1h': `${environmentName('HECATE', environment)}-TRAFFIC-1H`,
    },
    /** Stream with the memory of alerts. */
    alerts: `${environmentName('HECATE', environment)}-ALERTS`,
    /** The subject of the memory of alerts. */
    alertMemory: `${start}.alerts`,
    /** The subject of one commit. */
    commitSubject: (id: string) => `${start}.commit.${token(id)}`,
    /** The subject of one operation's outcome. */
    outcomeSubject: (id: string) => `${start}.outcome.${token(id)}`,
    /** The subject of observations of one thing. */
    observationSubject: (topic: string, of: string) => `${start}.seen.${topic}.${token(of)}`,
    /** The subject of one schedule's last run. */
    runSubject: (name: string) => `${start}.run.${token(name)}`,
    /** The subject of one proxy's figures of a level; without a proxy, of all. */
    figuresSubject: (level: FigureLevel, proxy?: string) =>
      `${start}.traffic.${level}.${proxy === undefined ? '*' : token(proxy)}`,
    /** The subject of one taken request. */
    takenSubject: (id: string) => `${start}.taken.${token(id)}`,
  };
}

const names = new WeakMap<NatsConnection, LogNames>();

/** Notes which environment's log a connection is for, and returns the connection. */
export function nameLog(nc: NatsConnection, environment?: string): NatsConnection {
  names.set(nc, logNames(environment));
  return nc;
}

/** Returns the names of the log that a connection is for. */
export function namesOn(nc: NatsConnection): LogNames {
  return names.get(nc) ?? logNames();
}

/** One token of a subject: the id, or its base64url when it has characters that a token cannot have. */
function token(id: string): string {
  return /^[A-Za-z0-9_:-]+$/.test(id) ? id : `=${Buffer.from(id).toString('base64url')}`;
}
