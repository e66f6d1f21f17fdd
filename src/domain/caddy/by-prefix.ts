/** Items whose names begin alike. A name is covered by the beginnings of its own bucket and of no other. */
export interface Bucket<T> {
  readonly beginnings: readonly Beginning[];
  readonly items: readonly T[];
}

/** What names begin with; `isWhole`: the name is that and nothing more. */
export interface Beginning {
  readonly text: string;
  readonly isWhole: boolean;
}

/** How many items are looked through one by one. */
const MOST = 512;

/** Cuts items that are sorted by name into buckets of no more than so many, by how their names begin. Names are unique. */
export function byPrefix<T>(items: readonly T[], nameOf: (item: T) => string, most = MOST): Bucket<T>[] {
  return merged(cut(items, { nameOf, most, length: 1 }), most);
}

interface Cut<T> {
  readonly nameOf: (item: T) => string;
  readonly most: number;
  /** Letters that a beginning has. */
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

/** Neighbours share a bucket as long as it stays small. */
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
