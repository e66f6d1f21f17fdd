import type { Change, Commit } from '../log/commit.js';
import { changesOn, type Dependence } from './concerns.js';
import { fitOfChanges, fitOfObservation, type Fit } from './fit.js';
import type { Observation } from './observation.js';
import type { TrafficChange } from './symptoms.js';

/** A commit with its place in the log. */
export interface PlacedCommit {
  readonly sequence: number;
  readonly commit: Pick<Commit, 'id' | 'at' | 'actor' | 'onBehalfOf' | 'reason' | 'operation' | 'changes' | 'undoes'>;
}

/** Something that happened, and that may explain a change of traffic. */
export type Event =
  | {
      readonly kind: 'commit';
      readonly at: string;
      readonly placed: PlacedCommit;
      /** Its changes that concern the route. */
      readonly changes: readonly Change[];
    }
  | { readonly kind: 'observation'; readonly at: string; readonly observation: Observation };

/** An event with how well it explains a change. */
export interface Cause {
  readonly event: Event;
  /** From 0 to 1: how near it was in time, times how well its kind fits the change. */
  readonly weight: number;
}

/** What the route uses, as far as observations concern it. */
export interface Surroundings {
  readonly dependence: Dependence;
  /** Dial addresses of its servers. */
  readonly servers: ReadonlySet<string>;
  readonly proxies: ReadonlySet<string>;
  readonly requiresSignIn: boolean;
}

/** Returns what happened to a route in a period: the commits that concern it, and the observations of what serves it. */
export function eventsFor(
  commits: readonly PlacedCommit[],
  observations: readonly Observation[],
  surroundings: Surroundings,
): Event[] {
  const ofCommits = commits.flatMap((placed): Event[] => {
    const changes = changesOn(surroundings.dependence, placed.commit.changes);
    return changes.length === 0 ? [] : [{ kind: 'commit', at: placed.commit.at, placed, changes }];
  });
  const ofOthers = observations
    .filter((one) => subjectsMatter(one, surroundings))
    .map((observation): Event => ({ kind: 'observation', at: observation.at, observation }));
  return [...ofCommits, ...ofOthers].sort((a, b) => (a.at < b.at ? -1 : 1));
}

function subjectsMatter({ kind, subject }: Observation, surroundings: Surroundings): boolean {
  const { servers, proxies, requiresSignIn } = surroundings;
  switch (kind) {
    case 'server-down':
    case 'server-up':
      return servers.has(subject);
    case 'repaired':
    case 'started':
      // Other components serve no requests.
      return proxies.has(subject) || (subject === 'authentik' && requiresSignIn);
  }
}

/** Time before a change in which an event may still explain it. */
export const LOOK_BACK_MS = 15 * 60_000;
/** Clocks of the proxy and the log may differ by so much. */
const SLACK_MS = 3_000;
/** Time (ms) after a change at which an event is half as likely: only clocks or the interval could be wrong. */
const AFTER_MS = 1_000;
/** Least weight of a cause. */
const LEAST = 0.02;

/** Returns the events that may explain a change, likeliest first. Of two alike the later one is likelier. */
export function causesOf(change: TrafficChange, events: readonly Event[]): Cause[] {
  return events
    .flatMap((event): Cause[] => {
      const { share, halfMs } = fitOf(event, change);
      const weight = share * nearness(Date.parse(event.at), change, halfMs);
      return weight < LEAST ? [] : [{ event, weight }];
    })
    .sort((a, b) => b.weight - a.weight || (a.event.at < b.event.at ? 1 : -1));
}

function nearness(atMs: number, { fromMs, toMs }: TrafficChange, halfMs: number): number {
  if (atMs > toMs + SLACK_MS || atMs < fromMs - LOOK_BACK_MS) return 0;
  if (atMs > toMs) return 0.5 ** ((atMs - toMs) / AFTER_MS);
  return atMs >= fromMs - SLACK_MS ? 1 : 0.5 ** ((fromMs - atMs) / halfMs);
}

function fitOf(event: Event, change: TrafficChange): Fit {
  if (event.kind === 'observation') return fitOfObservation(event.observation, change);
  const { share, halfMs } = fitOfChanges(event.changes, change);
  // The automatic undo of a failed operation explains less than the operation.
  return { share: share * (event.placed.commit.undoes === undefined ? 1 : 0.9), halfMs };
}
