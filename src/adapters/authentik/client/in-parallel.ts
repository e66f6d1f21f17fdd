/** Most calls to authentik at the same time. */
const AT_ONCE = 8;

/**
 * Runs `work` for each item, eight at a time, and returns the results in the order of the items. After an error it begins
 * no more, waits for those under way, and throws the error.
 */
export async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  const left = items.entries();
  const errors: unknown[] = [];
  const one = async () => {
    for (const [index, item] of left) {
      if (errors.length > 0) return;
      try {
        results[index] = await work(item);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, one));
  if (errors.length > 0) throw errors[0];
  return results;
}
