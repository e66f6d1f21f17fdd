/** How many times as long some work takes for more as for less, each at its best of a few times in this run. */
export function growth(work: (count: number) => void, { less, more }: { less: number; more: number }): number {
  const best = (count: number, times: number) =>
    Math.min(
      ...Array.from({ length: times }, () => {
        const began = performance.now();
        work(count);
        return performance.now() - began;
      }),
    );
  best(less, 1);
  return best(more, 2) / best(less, 3);
}
