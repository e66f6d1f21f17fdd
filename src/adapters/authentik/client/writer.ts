import { kindOf, type DriftKind, type IdentityDrift } from '../../../domain/drift/drift.js';
import type { JsonDifference } from '../../../domain/data/json.js';
import { Failure } from '../../../ports/failure.js';
import { orFailure, orNullIfMissing } from './api-client.js';
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
  /** Number of writes so far, also by the writers that `about` returned. */
  count(): number;
  /** Returns a writer for the objects of a rule, host, group or flow; see `IdentityDrift.subject`. */
  about(subject: string): Writer;
  write<T>(write: Write<T>, call: () => Promise<T>): Promise<T>;
  /** Deletes an object. Succeeds when it is gone already. */
  remove(write: Omit<Write<void>, 'answer'>, call: () => Promise<void>): Promise<void>;
}

/** Creates a writer. It throws `unavailable` once `signal` aborts, since another worker writes then. */
export function createWriter(signal: AbortSignal): Writer {
  let count = 0;
  const begin = () => {
    if (signal.aborted)
      throw new Failure('unavailable', 'stopped: another worker writes to authentik now', { system: 'authentik' });
    count++;
  };
  const writer: Writer = {
    count: () => count,
    about: () => writer,
    async write({ what }, call) {
      begin();
      return orFailure(what, call());
    },
    async remove({ what }, call) {
      begin();
      await orNullIfMissing(what, call());
    },
  };
  return writer;
}

/** A writer that writes nothing, with the drift that it found. */
export interface Observer extends Writer {
  /** The drift in the order in which the subjects were named. */
  seen(): readonly IdentityDrift[];
}

/**
 * Creates a writer that records the differences which each write would repair, so that drift is found by the code that
 * repairs it. For a missing object it records no differences of its parts.
 */
export function createObserver(): Observer {
  const seen: IdentityDrift[][] = [];
  const gone = new Set<string>();
  const about = (subject: string): Writer => {
    const own: IdentityDrift[] = [];
    seen.push(own);
    const record = async (repairs: Write<unknown>['repairs']) => {
      for (const difference of await repairs()) {
        const object = objectOfPath(difference.path);
        if (gone.has(object.path)) continue;
        const kind = kindOf(difference);
        if (kind === 'missing' && difference.path === object.path) gone.add(object.path);
        own.push({ ...difference, kind, object: object.name, subject, problem: null });
      }
    };
    return {
      count: () => 0,
      about,
      async write({ repairs, answer }) {
        await record(repairs);
        return answer;
      },
      remove: ({ repairs }) => record(repairs),
    };
  };
  return { ...about(''), seen: () => seen.flatMap(inOrder) };
}

const KINDS: readonly DriftKind[] = ['changed', 'moved', 'missing', 'foreign'];

/** Orders the differences of each object by kind. Writes are made in another order, and the foreign goes first. */
function inOrder(seen: readonly IdentityDrift[]): IdentityDrift[] {
  const whole = ({ path }: IdentityDrift) => objectOfPath(path).path;
  const rank = ({ kind }: IdentityDrift) => KINDS.indexOf(kind);
  return [...new Set(seen.map(whole))].flatMap((object) =>
    seen.filter((one) => whole(one) === object).sort((a, b) => rank(a) - rank(b)),
  );
}
