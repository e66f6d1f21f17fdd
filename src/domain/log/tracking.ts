/** Returns a view of a map that calls `onRead` with each key passed to `get` or `has`. A plan records its reads with it. */
export function tracking<K, V>(map: ReadonlyMap<K, V>, onRead: (key: K) => void): ReadonlyMap<K, V> {
  const own = new Map<PropertyKey, unknown>([
    ['get', (key: K) => (onRead(key), map.get(key))],
    ['has', (key: K) => (onRead(key), map.has(key))],
  ]);
  return new Proxy(map, {
    get(target, property) {
      const known = own.get(property);
      if (known !== undefined) return known;
      const member = Reflect.get(target, property, target) as unknown;
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}
