import type { Change } from '../domain/log/commit.js';

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
