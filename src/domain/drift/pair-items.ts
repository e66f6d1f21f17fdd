import { canonicalJson } from '../data/json.js';
import { itemKeyOf, type ItemKey } from './item-key.js';

/** Pairs of items of two lists, as indexes into the wanted and the found list. */
export interface Pairing {
  /** Sorted by the wanted list. */
  readonly pairs: readonly (readonly [wanted: number, found: number])[];
  readonly missing: readonly number[];
  readonly foreign: readonly number[];
}

/**
 * Pairs items by identity and not by index, so that an added or removed item does not shift others. Among items of the same
 * identity, equal ones are paired first and the rest in order. Takes linear time.
 */
export function pairItems(wanted: readonly unknown[], found: readonly unknown[]): Pairing {
  const groupOf = groupsIn(wanted);
  const left = wanted.map((item) => itemKeyOf(item, groupOf));
  const right = found.map((item) => itemKeyOf(item, groupOf));
  if (isAlike(left, right)) return { pairs: left.map((_, at) => [at, at]), missing: [], foreign: [] };
  const pairOf = new Map<number, number>();
  const candidates = byKey(right);
  for (const [key, indexes] of byKey(left)) pairAlike(pairOf, indexes, candidates.get(key) ?? [], { wanted, found });
  const taken = new Set(pairOf.values());
  const missing = left.flatMap((_, at) => (pairOf.has(at) ? [] : [at]));
  const foreign = right.flatMap((_, at) => (taken.has(at) ? [] : [at]));
  // Items identified by their matchers only, left over on both sides, count as changed.
  const matching = (identities: readonly ItemKey[]) => (at: number) => identities[at]?.key.startsWith('match ');
  const changed = foreign.filter(matching(right));
  for (const at of missing.filter(matching(left)).slice(0, changed.length)) {
    const now = changed.shift() ?? 0;
    pairOf.set(at, now);
    taken.add(now);
  }
  const pairs = [...pairOf].sort(([a], [b]) => a - b);
  return {
    pairs,
    missing: missing.filter((at) => !pairOf.has(at)),
    foreign: foreign.filter((at) => !taken.has(at)),
  };
}

/** The group of each host in the wanted list. A group keeps its identity when one of its hosts is removed. */
function groupsIn(items: readonly unknown[]): ReadonlyMap<string, string> {
  const groups = new Map<string, string>();
  for (const [index, item] of items.entries()) {
    const { hosts } = itemKeyOf(item, groups);
    if (hosts.length > 1) for (const host of hosts) groups.set(host, `group ${index}`);
  }
  return groups;
}

/** The usual case, checked first: the same unique items in the same order. */
function isAlike(left: readonly ItemKey[], right: readonly ItemKey[]): boolean {
  if (left.length !== right.length || new Set(left.map(({ key }) => key)).size !== left.length) return false;
  return left.every(({ key }, at) => key === right[at]?.key);
}

function byKey(identities: readonly ItemKey[]): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const [index, { key }] of identities.entries()) {
    const list = found.get(key);
    if (list) list.push(index);
    else found.set(key, [index]);
  }
  return found;
}

function pairAlike(
  into: Map<number, number>,
  left: readonly number[],
  right: readonly number[],
  { wanted, found }: { readonly wanted: readonly unknown[]; readonly found: readonly unknown[] },
): void {
  if (left.length === 1 && right.length === 1) return void into.set(left[0]!, right[0]!);
  const equals = new Map<string, number[]>();
  for (const at of right) {
    const text = canonicalJson(found[at]);
    const list = equals.get(text);
    if (list) list.push(at);
    else equals.set(text, [at]);
  }
  const open = left.filter((at) => {
    const same = equals.get(canonicalJson(wanted[at]))?.shift();
    if (same !== undefined) into.set(at, same);
    return same === undefined;
  });
  const rest = [...equals.values()].flat().sort((a, b) => a - b);
  for (const [index, at] of open.slice(0, rest.length).entries()) into.set(at, rest[index]!);
}
