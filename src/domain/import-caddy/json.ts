import { durationText } from '../values/duration.js';
import { isObject, type Json } from '../data/json.js';

/** Called with each part of a configuration that has no counterpart, by its path such as `apps/http/servers/srv0`. */
export type Foreign = (path: string, reason: string) => void;

/** Wraps a callback; `isWhole` returns whether it has not been called. */
export function watching(foreign: Foreign): { readonly note: Foreign; isWhole(this: void): boolean } {
  let isWhole = true;
  const note: Foreign = (...what) => {
    isWhole = false;
    foreign(...what);
  };
  return { note, isWhole: () => isWhole };
}

/** A value as an object; empty for anything else. */
export function objectOf(value: unknown): Json {
  return isObject(value) ? value : {};
}

/** A value as a list; empty for anything else. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

/** Removes `@id` names, which Caddy uses in its admin API only, from a configuration. */
export function withoutIds(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutIds);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(
    ([key, one]) => key !== '@id' || !['string', 'number'].includes(typeof one),
  );
  return Object.fromEntries(kept.map(([key, one]) => [key, withoutIds(one)]));
}

/**
 * Returns true when two JSON values are equal, whatever the order of their keys. Unlike `isSame` of `data/fields`, it
 * distinguishes a null field from a missing one.
 */
export function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((one, i) => isSame(one, b[i]));
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const [left, right] = [a as Json, b as Json];
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length && keys.every((key) => key in right && isSame(left[key], right[key]))
  );
}

/** Reports every field that is not in `known`. */
export function onlyKnown(
  value: Json,
  known: readonly string[],
  { path, foreign }: { path: string; foreign: Foreign },
): void {
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) foreign(`${path}/${key}`, `${key} has no counterpart`);
  }
}

const NANOSECONDS = 1e6;

/** Converts a Caddy duration (nanoseconds or Go's text) to Hecate's form; null: it cannot be expressed. */
export function importedDuration(value: unknown): string | null {
  const text = typeof value === 'number' ? written(value / NANOSECONDS) : value;
  return durationText.safeParse(text).data ?? null;
}

function written(ms: number): string {
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`;
}
