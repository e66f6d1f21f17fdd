import type { Change } from '../../domain/log/commit.js';
import { plainRoute } from '../../domain/resources/route.js';
import { painted, type Paint } from './painted.js';

/** A change for a person: what happens to what, then field by field; of a new route what makes it unlike any other. */
export function drawnChange(change: Change, indent = ''): string[] {
  return [
    `${indent}${painted(paintOf(change), headline(change))}`,
    ...difference(change, usualOf(change)).map((line) => `${indent}  ${line}`),
  ];
}

/** What is said by the headline, or holds where nothing else is said. */
function usualOf({ kind, name }: Change): unknown {
  return kind === 'Route' ? plainRoute(name, '') : { name };
}

function paintOf({ before, after }: Change): Paint {
  if (before === null) return 'green';
  return after === null ? 'red' : 'yellow';
}

/**
 * What a change does, field by field: `upstream: "a:1" → "b:2"`. Of something new or gone only what differs from the
 * `usual` one of its kind.
 */
export function difference({ before, after }: Pick<Change, 'before' | 'after'>, usual: unknown = null): string[] {
  const old = fields(before);
  const now = fields(after);
  const unsaid = before === null || after === null ? fields(usual) : new Map<string, string>();
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((key) => old.get(key) !== now.get(key) && (old.get(key) ?? now.get(key)) !== unsaid.get(key))
    .map((key) => `${key}: ${shown(old.get(key))} → ${shown(now.get(key))}`);
}

/** One line on a change: what happens to what. */
export function headline(change: Change): string {
  const verb = change.before === null ? 'create' : change.after === null ? 'delete' : 'change';
  return `${verb} ${change.kind} ${change.name}`;
}

function fields(value: unknown, path = '', into = new Map<string, string>()): Map<string, string> {
  if (value !== null && typeof value === 'object') {
    for (const [key, inner] of Object.entries(value)) fields(inner, path === '' ? key : `${path}.${key}`, into);
  } else if (path !== '' && value !== null && value !== undefined) into.set(path, JSON.stringify(value));
  return into;
}

const LONGEST = 160;

/** A chain of certificates says nothing to a person; the fingerprint beside it does. */
function shown(json = '–'): string {
  return json.length <= LONGEST ? json : `${json.slice(0, LONGEST / 2)}… (${json.length} characters)`;
}
