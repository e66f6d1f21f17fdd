/** The same map, reporting each key that is looked up: so a plan knows what it read. */
export function tracking<K, V>(map: ReadonlyMap<K, V>, onRead: (key: K) => void): ReadonlyMap<K, V> {
  return new Proxy(map, {
    get(target, property) {
      const member = Reflect.get(target, property, target) as unknown;
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        if (property === 'get' || property === 'has') onRead(args[0] as K);
        return (member as (...a: unknown[]) => unknown).apply(target, args);
      };
    },
  });
}
