import { Failure } from '../../ports/failure.js';
import { answered } from './api-client.js';

/** Every write goes through one of these. */
export interface Writer {
  /** How many were made. */
  count(): number;
  write<T>(what: string, call: () => Promise<T>): Promise<T>;
}

/** Makes the writes, until `signal` says that somebody else is the writer now. */
export function createWriter(signal: AbortSignal): Writer {
  let count = 0;
  return {
    count: () => count,
    async write(what, call) {
      if (signal.aborted) throw new Failure('unavailable', 'another worker has taken over', { system: 'authentik' });
      count++;
      return answered(what, call());
    },
  };
}

/** What a write would have been. */
export class Difference extends Error {}

/** Writes nothing: throws the first difference, so that what differs is found by the code that would repair it. */
export function createObserver(): Writer {
  return {
    count: () => 0,
    write: (what) => Promise.reject(new Difference(what)),
  };
}
