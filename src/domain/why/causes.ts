import type { Change, Commit } from '../log/commit.js';
import type { ResourceKind } from '../resources/kinds.js';
import { changesOn, type Dependence } from './concerns.js';
import type { Observation } from './observation.js';
import type { Symptom, TrafficChange } from './symptoms.js';

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
/** Time after which an event is half as likely. */
const HALF_MS = 90_000;
/** Clocks of the proxy and the log may differ by so much. */
const SLACK_MS = 3_000;
/** Least weight of a cause. */
const LEAST = 0.02;

/** Returns the events that may explain a change, likeliest first. Of two alike the later one is likelier. */
export function causesOf(change: TrafficChange, events: readonly Event[]): Cause[] {
  return events
    .flatMap((event): Cause[] => {
      const weight = nearness(Date.parse(event.at), change) * fit(event, change);
      return weight < LEAST ? [] : [{ event, weight }];
    })
    .sort((a, b) => b.weight - a.weight || (a.event.at < b.event.at ? 1 : -1));
}

function nearness(atMs: number, { fromMs, toMs }: TrafficChange): number {
  if (atMs > toMs + SLACK_MS || atMs < fromMs - LOOK_BACK_MS) return 0;
  return atMs >= fromMs - SLACK_MS ? 1 : 0.5 ** ((fromMs - atMs) / HALF_MS);
}

function fit(event: Event, change: TrafficChange): number {
  if (event.kind === 'observation') return observationFits[event.observation.kind][change.symptom];
  const fits = event.changes.map(({ kind }) => kindFits[kind][change.symptom]);
  // The automatic undo of a failed operation explains less than the operation.
  return Math.max(0, ...fits) * (event.placed.commit.undoes === undefined ? 1 : 0.9);
}

type Fits = Readonly<Record<Symptom, number>>;

function fits(errors: number, denied: number, latency: number, traffic: number): Fits {
  return { errors, denied, redirects: denied, latency, 'tail-latency': latency, traffic };
}

/** Of what serves no requests. */
const noFit = fits(0, 0, 0, 0);

/** How well a change of a kind explains a change of traffic. */
const kindFits: Readonly<Record<ResourceKind, Fits>> = {
  Route: fits(1, 1, 1, 1),
  Upstream: fits(1, 0.8, 1, 0.8),
  Canary: fits(1, 0.7, 1, 0.6),
  Failover: fits(1, 0.7, 1, 0.6),
  AuthPolicy: fits(0.6, 1, 0.4, 0.9),
  Bypass: fits(0.4, 1, 0.4, 0.9),
  Secret: fits(0.7, 1, 0.3, 0.9),
  Schedule: noFit,
  Operator: noFit,
  AlertRule: noFit,
  AlertSink: noFit,
  Silence: noFit,
  Source: noFit,
  Probation: noFit,
};

const observationFits: Readonly<Record<Observation['kind'], Fits>> = {
  'server-down': fits(0.85, 0.2, 0.7, 0.5),
  'server-up': fits(0.3, 0.3, 0.5, 0.3),
  repaired: fits(0.8, 0.8, 0.6, 0.7),
  started: fits(0.6, 0.3, 0.4, 0.5),
};
