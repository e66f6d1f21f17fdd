import { isObject, pointer } from '../data/json.js';
import { kindOf, type Drift } from './drift.js';
import { itemKeyOf } from './item-key.js';
import { pairItems } from './pair-items.js';

/**
 * Returns the differences between the wanted and the found server of Caddy, in the order of the wanted one. A subtree that
 * only one side has is one difference. Items of lists are paired by identity, so that a removed route is one difference, and
 * a changed order too. Pointers lead into the found server; for missing values, to the position where they belong.
 */
export function serverDrift(wanted: unknown, found: unknown, at: Position = SERVER): Drift[] {
  if (Object.is(wanted, found)) return [];
  if (Array.isArray(wanted) && Array.isArray(found)) {
    return isPlain(wanted) && isPlain(found) ? valueDrift(wanted, found, at) : itemDrift(wanted, found, at);
  }
  if (!isObject(wanted) || !isObject(found)) return [differing(at, wanted, found)];
  const keys = new Set([...Object.keys(wanted), ...Object.keys(found)]);
  return [...keys].flatMap((key) => serverDrift(wanted[key], found[key], inside(at, key)));
}

interface Position {
  readonly path: string;
  /** Name of the object for people. */
  readonly object: string;
}

const SERVER: Position = { path: '', object: 'server' };
/** Largest number of items that a changed order lists, from the first that moved. */
const LONGEST_ORDER = 20;

function itemDrift(wanted: readonly unknown[], found: readonly unknown[], at: Position): Drift[] {
  const { pairs, missing, foreign } = pairItems(wanted, found);
  return [
    ...orderDrift(pairs, wanted, at),
    ...pairs.flatMap(([left, right]) => serverDrift(wanted[left], found[right], itemAt(at, right, wanted[left]))),
    ...missing.map((index) => differing(itemAt(at, index, wanted[index]), wanted[index], undefined)),
    ...foreign.map((index) => differing(itemAt(at, index, found[index]), undefined, found[index])),
  ];
}

/** One difference for all items in another order. */
function orderDrift(
  pairs: readonly (readonly [number, number])[],
  wanted: readonly unknown[],
  { path, object }: Position,
): Drift[] {
  const served = [...pairs].sort(([, a], [, b]) => a - b);
  const first = pairs.findIndex(([left], index) => left !== served[index]?.[0]);
  if (first < 0) return [];
  const last = pairs.findLastIndex(([left], index) => left !== served[index]?.[0]);
  const named = (list: typeof pairs) =>
    list.slice(first, Math.min(last + 1, first + LONGEST_ORDER)).map(([left]) => nameOf(wanted[left], left));
  return [{ kind: 'moved', object, path, wanted: named(pairs), found: named(served) }];
}

/** Compares lists of plain values: by index when they have the same length, else as missing and foreign values. */
function valueDrift(wanted: readonly unknown[], found: readonly unknown[], at: Position): Drift[] {
  if (wanted.length === found.length) {
    return wanted.flatMap((value, index) => serverDrift(value, found[index], inside(at, index)));
  }
  const [here, there] = [new Set(wanted), new Set(found)];
  const missing = wanted.flatMap((value, index) => (there.has(value) ? [] : [{ value, index }]));
  const foreign = found.flatMap((value, index) => (here.has(value) ? [] : [{ value, index }]));
  if (missing.length + foreign.length === 0) return [differing(at, wanted, found)];
  return [
    ...missing.map(({ value, index }) => differing(inside(at, index), value, undefined)),
    ...foreign.map(({ value, index }) => differing(inside(at, index), undefined, value)),
  ];
}

function differing({ path, object }: Position, wanted: unknown, found: unknown): Drift {
  return { kind: kindOf({ path, wanted, found }), object, path, wanted, found };
}

function inside({ path, object }: Position, key: string | number): Position {
  return { path: path + pointer(key), object };
}

function itemAt(at: Position, index: number, item: unknown): Position {
  const { label } = itemKeyOf(item, NO_GROUPS);
  return { path: at.path + pointer(index), object: label ?? at.object };
}

function nameOf(item: unknown, index: number): string {
  const { label, key } = itemKeyOf(item, NO_GROUPS);
  return label ?? `${index}${key === '' ? '' : ` (${key})`}`;
}

const NO_GROUPS: ReadonlyMap<string, string> = new Map();

function isPlain(list: readonly unknown[]): boolean {
  return list.every((item) => typeof item !== 'object' || item === null);
}
