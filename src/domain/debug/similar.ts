import { editDistance } from '../data/nearest.js';
import { isWildcard } from '../values/network/domain-name.js';

const MOST = 3;
/** Most letters in which a misspelt host differs from the domain that is meant. */
const MISSPELT = 2;
/** Suffixes such as `co.uk`, under which everybody registers names. */
const SHARED_SUFFIX = /(?:^|\.)(?:ac|co|com|edu|gov|net|or|org)\.[a-z]{2}$/;

/** Returns the domains that are near a host: under the same registered name, or with few other letters. The nearest first. */
export function nearestOf(host: string, domains: readonly string[]): string[] {
  const own = registeredName(host);
  const ranked = domains
    .filter((domain) => domain !== host)
    .map((domain) => ({
      domain,
      // A wildcard over the host explains most: it stands for one label only.
      covers: isWildcard(domain) && host.endsWith(domain.slice(1)) && host.split('.').length > domain.split('.').length,
      isSame: own !== null && registeredName(domain) === own,
      distance: editDistance(host, domain),
    }))
    .filter(({ isSame, distance }) => isSame || distance <= MISSPELT);
  return ranked
    .toSorted(
      (a, b) => Number(b.covers) - Number(a.covers) || a.distance - b.distance || (a.domain < b.domain ? -1 : 1),
    )
    .slice(0, MOST)
    .map(({ domain }) => domain);
}

/** Returns `example.com` of `app.example.com`; null: it has no registered name, such as `com`. */
function registeredName(host: string): string | null {
  const labels = host.split('.');
  const length = SHARED_SUFFIX.test(host) ? 3 : 2;
  return labels.length < length ? null : labels.slice(-length).join('.');
}
