import { orFailure } from './api-client.js';

interface Page<T> {
  readonly pagination: { readonly next: number };
  readonly results: readonly T[];
}

/** Every result of a list, page by page. */
export async function everyResult<T>(what: string, list: (page: number) => Promise<Page<T>>): Promise<T[]> {
  const found: T[] = [];
  for (let page = 1; page !== 0;) {
    const answer = await orFailure(what, list(page));
    found.push(...answer.results);
    page = answer.pagination.next;
  }
  return found;
}

/** Results to a page; authentik gives no more than a hundred. */
export const PAGE_SIZE = 100;
