import { orFailure } from './api-client.js';

interface Page<T> {
  readonly pagination: { readonly next: number };
  readonly results: readonly T[];
}

/** Fetches all pages of a list. Throws as {@link orFailure} does. */
export async function everyResult<T>(what: string, list: (page: number) => Promise<Page<T>>): Promise<T[]> {
  const found: T[] = [];
  for (let page = 1; page !== 0;) {
    const answer = await orFailure(what, list(page));
    found.push(...answer.results);
    page = answer.pagination.next;
  }
  return found;
}

/** Results in a page; authentik's maximum. */
export const PAGE_SIZE = 100;
