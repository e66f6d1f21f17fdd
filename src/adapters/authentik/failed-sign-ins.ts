import type { SignInFact } from '../../domain/health/facts.js';
import type { AuthentikApi } from './client/calls.js';
import { orFailure } from './client/api-client.js';
import { PAGE_SIZE } from './client/pages.js';

/** More failed sign-ins are not counted: by then every rule holds. */
const MOST_PAGES = 5;
const LONGEST_NAME = 150;

/** Returns the failed sign-ins since a time (ISO 8601 UTC), newest first, from authentik's events; at most 500. */
export async function failedSignIns(api: Pick<AuthentikApi, 'events'>, since: string): Promise<SignInFact[]> {
  const found: SignInFact[] = [];
  for (let page = 1; page <= MOST_PAGES; page++) {
    const { results, pagination } = await orFailure(
      'list failed sign-ins',
      api.events.eventsEventsList({ action: 'login_failed', ordering: '-created', page, pageSize: PAGE_SIZE }),
    );
    for (const { created, context, user } of results) {
      const at = created.toISOString();
      if (at < since) return found;
      const name: unknown = context?.['username'] ?? user?.['username'];
      const shown = typeof name === 'string' && name !== '' ? name : 'unknown';
      found.push({ at, user: shown.replace(/\p{Cc}/gu, ' ').slice(0, LONGEST_NAME) });
    }
    if (page >= pagination.totalPages) break;
  }
  return found;
}
