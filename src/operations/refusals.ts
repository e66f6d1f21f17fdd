import { nearest } from '../domain/data/nearest.js';
import { all, type State, type StoredResource } from '../domain/log/state.js';
import { usersOf } from '../domain/log/users.js';
import type { Refusal } from '../domain/refusal.js';
import { definitionOf, resourceWords, type ResourceKind } from '../domain/resources/kinds.js';
import type { Decision } from './operation.js';

/** Returns the decision to refuse. */
export function refuse(refusal: Refusal): Decision {
  return { kind: 'refuse', refusal };
}

/** Returns the refusal of a request that must change before it can be carried out (exit code 2). */
export function invalid(code: string, message: string, hint?: string): Refusal {
  return refusal('invalid', code, { message, hint });
}

/** Returns the refusal of a request for a thing outside the log that does not exist (exit code 3). */
export function absent(code: string, message: string, hint: string): Refusal {
  return refusal('missing', code, { message, hint });
}

/** Returns the refusal of a request that contradicts the present state (exit code 4). */
export function conflict(code: string, message: string, hint: string): Refusal {
  return refusal('conflict', code, { message, hint });
}

/** Returns the refusal of a request that its maker may not make (exit code 5). */
export function denied(code: string, message: string, hint: string): Refusal {
  return refusal('denied', code, { message, hint });
}

/** Returns the refusal of a request for which a system is not available (exit code 6). */
export function unavailable(code: string, message: string, hint?: string): Refusal {
  return refusal('unavailable', code, { message, hint });
}

/** Returns the refusal of a request for a resource that does not exist, with the nearest name that does (exit code 3). */
export function missing(state: State, kind: ResourceKind, name: string): Refusal {
  const names = all(state, kind).map((held) => held.name);
  const close = nearest(name, names);
  const { plural } = definitionOf(kind);
  const hint = close ? `Did you mean ${close}?` : `List them with: hecate list ${plural}`;
  return absent(codeOf(kind, 'missing'), `there is no ${resourceWords(kind, name)}`, hint);
}

/** Returns the refusal to create a resource that exists, with who created it and when (exit code 4). */
export function existsAlready(held: StoredResource, hint?: string): Refusal {
  const { kind, name, createdBy, createdAt } = held;
  const { noun, identity } = definitionOf(kind);
  return conflict(
    codeOf(kind, 'exists'),
    `${noun} ${name} already exists: created by ${createdBy} at ${createdAt}`,
    hint ?? `Change it with: hecate update ${hyphenated(noun)} --${identity} ${name}`,
  );
}

/** Returns the refusal to delete a resource that others refer to (exit code 4); null: none does. */
export function inUse(state: State, kind: ResourceKind, name: string, hint: string): Refusal | null {
  const users = usersOf(state, kind, name);
  if (users.length === 0) return null;
  return conflict(codeOf(kind, 'in-use'), `${resourceWords(kind, name)} is used by ${users.join(', ')}`, hint);
}

function codeOf(kind: ResourceKind, what: string): string {
  return `${hyphenated(definitionOf(kind).noun)}-${what}`;
}

function hyphenated(noun: string): string {
  return noun.replaceAll(' ', '-');
}

function refusal(
  kind: Refusal['kind'],
  code: string,
  { message, hint }: { message: string; hint: string | undefined },
): Refusal {
  return { kind, code, message, ...(hint !== undefined && { hint }) };
}
