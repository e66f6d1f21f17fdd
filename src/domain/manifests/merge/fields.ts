import { isSame } from '../../data/fields.js';
import { isObject, type Json } from '../../data/json.js';
import { middlewareOf } from '../../middleware/list.js';
import { parseUpstream } from '../../values/network/upstream-address.js';

/** The base of a value of which the source never said anything. It equals no value. */
export const unknownBase = Symbol('unknown base');

/** The three sides of a merge. `undefined`: the field is absent there. */
export interface Sides {
  /** What the source said when it was applied last, or {@link unknownBase}. */
  readonly base: unknown;
  /** The value in the log. */
  readonly ours: unknown;
  /** What the source says now. */
  readonly theirs: unknown;
}

/** The side whose value a conflict gets: the log (`ours`) or the source (`theirs`). */
export type Winner = 'ours' | 'theirs';

/**
 * A field in which the log and the source differ. `taken`: only the source changed it. `ahead`: only the log changed it.
 * `conflict`: both did.
 */
export interface MergedField extends Sides {
  /** Names joined by dots; items of lists in brackets: `tls.minVersion`, `headers.X-A`, `middleware[compression]`. */
  readonly path: string;
  readonly outcome: 'taken' | 'ahead' | 'conflict';
}

/** The result of a merge. */
export interface MergedValue {
  readonly value: unknown;
  /** The base of the next merge: what the source says now, except for fields that the log kept in a conflict. */
  readonly said: unknown;
  /** Every field in which the log and the source differ, once. */
  readonly fields: readonly MergedField[];
}

/** Paths of objects whose fields belong together. */
const WHOLE: ReadonlySet<string> = new Set(['tls.certificate']);

/**
 * Merges a value field by field. A field that only one side changed gets that side's value; a field that both changed
 * alike gets it; any other is a conflict, which the winner's value settles. Maps merge by name, lists by item: middleware
 * by kind, servers by address, other lists by value. `wholeLists`: lists are compared as one value.
 */
export function mergeFields(
  sides: Sides,
  winner: Winner,
  { path = '', wholeLists = false }: { readonly path?: string; readonly wholeLists?: boolean } = {},
): MergedValue {
  const { base, ours, theirs } = sides;
  if (isSame(ours, theirs)) return { value: ours, said: theirs, fields: [] };
  const inner = (part: Sides, below: string) => mergeFields(part, winner, { path: below, wholeLists });
  if (isObject(ours) && isObject(theirs) && !WHOLE.has(path)) return mergeMaps(sides, path, inner);
  const lists = wholeLists ? null : keyedLists(sides, path);
  if (lists !== null) return mergeLists(lists, { path, winner, inner });
  if (isSame(theirs, base)) return { value: ours, said: theirs, fields: [{ ...sides, path, outcome: 'ahead' }] };
  if (isSame(ours, base)) return { value: theirs, said: theirs, fields: [{ ...sides, path, outcome: 'taken' }] };
  const settled = winner === 'theirs' ? { value: theirs, said: theirs } : { value: ours, said: base };
  return { ...settled, fields: [{ ...sides, path, outcome: 'conflict' }] };
}

type Inner = (sides: Sides, path: string) => MergedValue;

function mergeMaps({ base, ours, theirs }: Sides, path: string, inner: Inner): MergedValue {
  const next = theirs as Json;
  const [then, now] = path === 'headers' ? [base, ours].map((one) => spelledLike(one, next)) : [base, ours];
  const names = [...new Set([...Object.keys(now as Json), ...Object.keys(next)])];
  const parts = names.map((name) => {
    const sides = {
      base: isObject(then) ? own(then, name) : unknownBase,
      ours: own(now as Json, name),
      theirs: own(next, name),
    };
    return [name, inner(sides, path === '' ? name : `${path}.${name}`)] as const;
  });
  const collected = (of: 'value' | 'said') =>
    Object.fromEntries(parts.map(([name, part]) => [name, part[of]] as const).filter(([, one]) => isPresent(one)));
  return {
    value: collected('value'),
    said: collected('said'),
    fields: parts.flatMap(([, { fields }]) => fields),
  };
}

/** Names of headers are case-insensitive: `x-a` in the log is the `X-A` of the source. */
function spelledLike(headers: unknown, model: Json): unknown {
  if (!isObject(headers)) return headers;
  const spelling = new Map(Object.keys(model).map((name) => [name.toLowerCase(), name]));
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [spelling.get(name.toLowerCase()) ?? name, value]),
  );
}

function own(fields: Json, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== unknownBase;
}

type Keyed = ReadonlyMap<string, unknown>;

interface KeyedSides {
  /** Null: unknown. */
  readonly base: Keyed | null;
  readonly ours: Keyed;
  readonly theirs: Keyed;
}

/** Returns the lists by what identifies their items; null: a side is no list, or has an item twice. */
function keyedLists({ base, ours, theirs }: Sides, path: string): KeyedSides | null {
  if (!Array.isArray(ours) || !Array.isArray(theirs)) return null;
  const [then, now, next] = [Array.isArray(base) ? keyed(base, path) : null, keyed(ours, path), keyed(theirs, path)];
  const isClear = now.size === ours.length && next.size === theirs.length;
  return isClear && (then === null || then.size === (base as unknown[]).length)
    ? { base: then, ours: now, theirs: next }
    : null;
}

function keyed(items: readonly unknown[], path: string): Keyed {
  const keyOf = path === 'middleware' ? middlewareKey : itemKey;
  return new Map(items.map((item) => [keyOf(item), item]));
}

function middlewareKey(text: unknown): string {
  const [one] = middlewareOf([String(text)]);
  return one?.identity === undefined ? `${one?.kind.name}` : `${one.kind.name}:${one.identity}`;
}

function itemKey(item: unknown): string {
  if (!isObject(item)) return String(item);
  return typeof item['address'] === 'string' ? parseUpstream(item['address']).dial : JSON.stringify(item);
}

interface ListContext {
  readonly path: string;
  readonly winner: Winner;
  readonly inner: Inner;
}

function mergeLists({ base, ours, theirs }: KeyedSides, { path, winner, inner }: ListContext): MergedValue {
  const parts = new Map(
    [...new Set([...ours.keys(), ...theirs.keys()])].map((key) => {
      const sides = { base: base === null ? unknownBase : base.get(key), ours: ours.get(key), theirs: theirs.get(key) };
      return [key, inner(sides, `${path}[${key}]`)];
    }),
  );
  const order = mergedOrder({ base, ours, theirs }, winner);
  const items = (keys: readonly string[], of: 'value' | 'said') =>
    keys.map((key) => parts.get(key)?.[of]).filter(isPresent);
  return {
    value: items(order.keys, 'value'),
    said: items(order.said, 'said'),
    fields: [
      ...[...parts.values()].flatMap(({ fields }) => fields),
      ...(order.field === null ? [] : [{ ...order.field, path: `${path} (order)` }]),
    ],
  };
}

interface MergedOrder {
  readonly keys: readonly string[];
  readonly said: readonly string[];
  readonly field: Omit<MergedField, 'path'> | null;
}

/** Merges the order of the items that both sides have; items of one side stay behind those that precede them there. */
function mergedOrder({ base, ours, theirs }: KeyedSides, winner: Winner): MergedOrder {
  const [now, next] = [[...ours.keys()], [...theirs.keys()]];
  const isCommon = (key: string) => ours.has(key) && theirs.has(key) && (base?.has(key) ?? true);
  const [mine, its] = [now.filter(isCommon), next.filter(isCommon)];
  const then = base === null ? unknownBase : [...base.keys()].filter(isCommon);
  const { value, said, fields } = mergeFields({ base: then, ours: mine, theirs: its }, winner, { wholeLists: true });
  const [field = null] = fields;
  const isOurs = field !== null && value === mine;
  const isSaidOurs = field !== null && said !== its;
  return {
    keys: isOurs ? interleaved(now, next) : interleaved(next, now),
    said: isSaidOurs && base !== null ? interleaved([...base.keys()], next) : interleaved(next, now),
    field,
  };
}

/** Returns the first list with the items that only the second has, each behind all that precede it there. */
function interleaved(first: readonly string[], second: readonly string[]): string[] {
  const merged = [...first];
  let end = 0;
  for (const key of second) {
    const at = merged.indexOf(key);
    if (at < 0) merged.splice(end, 0, key);
    end = Math.max(end, at < 0 ? end + 1 : at + 1);
  }
  return merged;
}
