/** Items whose names begin with the same letters. Each name matches the beginnings of one bucket only. */
export interface Bucket<T> {
  readonly beginnings: readonly Beginning[];
  readonly items: readonly T[];
}

/** The first letters of names, or a whole name when `isWhole`. */
export interface Beginning {
  readonly text: string;
  readonly isWhole: boolean;
}

/** Largest number of items in a bucket, which Caddy searches one by one. */
const MOST = 512;

/** Splits items into buckets of at most `most` by the first letters of their names. Expects sorted, unique names. */
export function byPrefix<T>(items: readonly T[], nameOf: (item: T) => string, most = MOST): Bucket<T>[] {
  return merged(cut(items, { nameOf, most, length: 1 }), most);
}

interface Cut<T> {
  readonly nameOf: (item: T) => string;
  readonly most: number;
  /** Number of letters in a beginning. */
  readonly length: number;
}

function cut<T>(items: readonly T[], how: Cut<T>): Bucket<T>[] {
  const groups = new Map<string, { isWhole: boolean; items: T[] }>();
  for (const item of items) {
    const name = how.nameOf(item);
    const key = name.slice(0, how.length);
    const isWhole = name.length < how.length;
    const group = groups.get(isWhole ? `${key}\0` : key);
    if (group) group.items.push(item);
    else groups.set(isWhole ? `${key}\0` : key, { isWhole, items: [item] });
  }
  return [...groups].flatMap(([key, group]) =>
    group.items.length > how.most
      ? cut(group.items, { ...how, length: how.length + 1 })
      : [{ beginnings: [{ text: key.replace('\0', ''), isWhole: group.isWhole }], items: group.items }],
  );
}

/** Merges neighbouring buckets as long as the result is small enough. */
function merged<T>(buckets: readonly Bucket<T>[], most: number): Bucket<T>[] {
  const result: Bucket<T>[] = [];
  for (const bucket of buckets) {
    const last = result.at(-1);
    if (!last || last.items.length + bucket.items.length > most) result.push(bucket);
    else {
      const beginnings = [...last.beginnings, ...bucket.beginnings];
      result[result.length - 1] = { beginnings, items: [...last.items, ...bucket.items] };
    }
  }
  return result;
}
