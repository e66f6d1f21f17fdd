import { orFailure, orNullIfMissing } from './api-client.js';
import { inParallel } from './in-parallel.js';

interface Page<T> {
  readonly pagination: { readonly totalPages: number };
  readonly results: readonly T[];
}

/** Fetches all pages of a list; all but the first at the same time. Throws as {@link orFailure} does. */
export async function everyResult<T>(what: string, list: (page: number) => Promise<Page<T>>): Promise<T[]> {
  const first = await orFailure(what, list(1));
  const numbers = Array.from({ length: Math.max(0, first.pagination.totalPages - 1) }, (_, index) => index + 2);
  // A page past the end is 404: the list has become shorter meanwhile.
  const others = await inParallel(numbers, async (page) => (await orNullIfMissing(what, list(page)))?.results ?? []);
  return [...first.results, ...others.flat()];
}

/** Results in a page; authentik's maximum. */
export const PAGE_SIZE = 100;
