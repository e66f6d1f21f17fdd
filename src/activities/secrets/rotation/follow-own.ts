import { all, find } from '../../../domain/log/state.js';
import type { Secret } from '../../../domain/resources/secret.js';
import { hasReached } from '../../../domain/secrets/rotation.js';
import type { Dependencies } from '../../dependencies.js';
import { readCredential } from './credentials.js';

/** Dependencies for following rotations that other workers carry out. */
export type Following = Pick<Dependencies, 'log' | 'secrets' | 'issuers'>;

/** Editions that a worker should use, and the one that it may still use instead; null: any that is refused. */
interface Course {
  readonly wanted: string;
  readonly instead: string | null;
}

/**
 * Returns a step that makes this worker use the credentials that another worker distributed or took back. It does nothing
 * between the issue of a value and the proof of its distribution, when the worker that rotates is about to write. A secret that
 * is in order is not looked at again before its rotation changes. The step returns true when all are in order.
 */
export function createFollower({ log, secrets, issuers }: Following): () => Promise<boolean> {
  const inOrder = new Map<string, string | null>();
  return async () => {
    if (secrets === null) return true;
    const { state } = await log.view();
    let areInOrder = true;
    for (const { name, value: secret } of all(state, 'Secret')) {
      const issuer = issuers[secret.kind];
      if (typeof issuer === 'string' || issuer.follow === undefined) continue;
      const course = courseFor(secret);
      if (course === null) continue;
      const key = keyOf(course);
      if (inOrder.get(name) === key) continue;
      const [wanted, instead] = await Promise.all([
        readCredential(secrets, secret, { edition: course.wanted }),
        course.instead === null ? null : readCredential(secrets, secret, { edition: course.instead }),
      ]);
      // The rotation may have gone on while Vault was asked.
      const now = find((await log.view()).state, 'Secret', name)?.value;
      const isStill = now !== undefined && keyOf(courseFor(now)) === key;
      // Without the other value nobody knows which one to replace.
      const isKnown = isStill && wanted !== null && (course.instead === null || instead !== null);
      if (isKnown && (await issuer.follow(secret, wanted, instead))) inOrder.set(name, key);
      else areInOrder = false;
    }
    return areInOrder;
  };
}

function courseFor({ edition, rotation }: Secret): Course | null {
  if (rotation === null) return { wanted: edition, instead: null };
  const { phase, former, next } = rotation;
  if (phase === 'undo') return { wanted: former.edition, instead: next.edition };
  return hasReached(rotation, 'prove') ? { wanted: next.edition, instead: former.edition } : null;
}

function keyOf(course: Course | null): string | null {
  return course && `${course.wanted} ${course.instead}`;
}
