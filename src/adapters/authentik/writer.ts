import { kindOf, type IdentityDrift } from '../../domain/drift/drift.js';
import type { JsonDifference } from '../../domain/data/json.js';
import { Failure } from '../../ports/failure.js';
import { orFailure } from './api-client.js';
import { objectOfPath } from './object-paths.js';

/** A write to authentik, described so that a dry run can report it as drift. */
export interface Write<T> {
  /** The action as an infinitive, for example `create group staff`. */
  readonly what: string;
  /** The differences that the write repairs; computed only by an {@link Observer}. */
  readonly repairs: () => readonly JsonDifference[] | Promise<readonly JsonDifference[]>;
  /** The answer that an {@link Observer} returns in place of authentik's. */
  readonly answer: T;
}

/** The only way to write to authentik. */
export interface Writer {
  /** Number of writes so far. */
  count(): number;
  /** Sets the rule or host that the following writes belong to. */
  setSubject(subject: string): void;
  write<T>(write: Write<T>, call: () => Promise<T>): Promise<T>;
}

/** Creates a writer. It throws `unavailable` once `signal` aborts, since another worker writes then. */
export function createWriter(signal: AbortSignal): Writer {
  let count = 0;
  return {
    count: () => count,
    setSubject: () => undefined,
    async write({ what }, call) {
      if (signal.aborted)
        throw new Failure('unavailable', 'stopped: another worker writes to authentik now', { system: 'authentik' });
      count++;
      return orFailure(what, call());
    },
  };
}

/** A writer that writes nothing, with the drift that it found. */
export interface Observer extends Writer {
  readonly seen: readonly IdentityDrift[];
}

/**
 * Creates a writer that records the differences which each write would repair, so that drift is found by the code that
 * repairs it. For a missing object it records no differences of its parts.
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
