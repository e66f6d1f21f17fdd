import type { DriftReport } from '../workflows/contracts/reconcile.js';

/** What a reconcile could not look at, a sentence each. */
export function unreadIn({ sources, proxies }: Pick<DriftReport, 'sources' | 'proxies'>): string[] {
  return [
    // What a person applied from a folder is nobody else's to read.
    ...sources.flatMap(({ name, location, problem }) =>
      problem === null || location === null ? [] : [`git ${name}: ${problem}`],
    ),
    ...proxies.flatMap(({ proxy, differences }) => (differences === null ? [`${proxy} does not answer`] : [])),
  ];
}
