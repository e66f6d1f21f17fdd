import type { Observation } from '../domain/why/observation.js';

/** Reads the events that are kept beside the log, for 90 days. Throws `Failure('unavailable')`. */
export interface ObservationReader {
  /** Returns the observations with `fromMs <= at < toMs` (milliseconds since 1970), oldest first. */
  between(fromMs: number, toMs: number): Promise<readonly Observation[]>;
}

/** Keeps events that are not in the log. Throws `Failure('unavailable')`. */
export interface Observations extends ObservationReader {
  /** Keeps an observation. The same one within two minutes is kept once. */
  record(observation: Observation): Promise<void>;
  /** Returns the newest observation of a subject and the topic of this kind; null: there is none. */
  last(kind: Observation['kind'], subject: string): Promise<Observation | null>;
}
