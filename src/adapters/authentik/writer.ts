import { kindOf, type IdentityDrift } from '../../domain/drift/drift.js';
import type { JsonDifference } from '../../domain/data/json.js';
import { Failure } from '../../ports/failure.js';
import { orFailure } from './api-client.js';
import { objectOfPath } from './object-paths.js';

/** A write, and why it is made. */
export interface Write<T> {
  /** In an imperative. */
  readonly what: string;
  /** What it puts right; asked for only by who looks. */
  readonly repairs: () => readonly JsonDifference[] | Promise<readonly JsonDifference[]>;
  /** What authentik would answer, as far as somebody reads it. */
  readonly answer: T;
}

/** Every write goes through one of these. */
export interface Writer {
  /** How many were made. */
  count(): number;
  /** What the writes that follow are about. */
  setSubject(subject: string): void;
  write<T>(write: Write<T>, call: () => Promise<T>): Promise<T>;
}

/** Makes the writes, until `signal` says that somebody else is the writer now. */
export function createWriter(signal: AbortSignal): Writer {
  let count = 0;
  return {
    count: () => count,
    setSubject: () => undefined,
    async write({ what }, call) {
      if (signal.aborted) throw new Failure('unavailable', 'another worker has taken over', { system: 'authentik' });
      count++;
      return orFailure(what, call());
    },
  };
}

/** A writer that only looks, and what it saw. */
export interface Observer extends Writer {
  readonly seen: readonly IdentityDrift[];
}

/**
 * Writes nothing: notes what each write would put right, so that what differs is found by the code that would repair it.
 * What belongs to something that is missing is not told apart.
 */
export function createObserver(): Observer {
  const seen: IdentityDrift[] = [];
  const gone = new Set<string>();
  let subject = '';
  return {
    seen,
    count: () => 0,
    setSubject: (next) => void (subject = next),
    async write({ repairs, answer }) {
      for (const difference of await repairs()) {
        const object = objectOfPath(difference.path);
        if (gone.has(object.path)) continue;
        const kind = kindOf(difference);
        if (kind === 'missing' && difference.path === object.path) gone.add(object.path);
        seen.push({ ...difference, kind, object: object.name, subject, problem: null });
      }
      return answer;
    },
  };
}
