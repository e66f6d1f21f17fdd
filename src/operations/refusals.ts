import { nearest } from '../domain/data/nearest.js';
import type { Refusal } from '../domain/refusal.js';
import type { ResourceKind } from '../domain/resources/kinds.js';
import { all, type State } from '../domain/log/state.js';

/** Returns the refusal of a request that must change before it can be carried out (exit code 2). */
export function invalid(code: string, message: string, hint?: string): Refusal {
  return { kind: 'invalid', code, message, ...(hint !== undefined && { hint }) };
}

/** What is asked for and not there. */
export interface Missing {
  readonly kind: ResourceKind;
  readonly name: string;
  readonly code: string;
  /** As a sentence names it: `route for app.example.com`. */
  readonly what: string;
  /** The command that lists all of them, after `hecate list`. */
  readonly list: string;
}

/** Says that something is not there, and what has the nearest name. */
export function missing(state: State, { kind, name, code, what, list }: Missing): Refusal {
  const close = nearest(
    name,
    all(state, kind).map((held) => held.name),
  );
  return {
    kind: 'missing',
    code,
    message: `there is no ${what}`,
    hint: close ? `Did you mean ${close}?` : `List them with: hecate list ${list}`,
  };
}
