import { editDistance } from '../data/nearest.js';
import { isWildcard } from '../values/network/domain-name.js';

const MOST = 3;
/** Most letters in which a misspelt host differs from the domain that is meant. */
const MISSPELT = 2;

/**
 * Returns the domains that are near a host, the nearest first: with few other letters, under another top-level domain, above or
 * below it, or a wildcard above it.
 */
export function nearestOf(host: string, domains: readonly string[]): string[] {
  const ranked = domains
    .filter((domain) => domain !== host)
    .map((domain) => ({
      domain,
      // A wildcard over the host explains most: it stands for one label only.
      covers: isWildcard(domain) && host.endsWith(domain.slice(1)) && host.split('.').length > domain.split('.').length,
      isRelated: isAbove(domain, host) || isAbove(host, domain) || withoutLast(domain) === withoutLast(host),
      distance: editDistance(isWildcard(domain) ? wildcardOver(host) : host, domain),
    }))
    .filter(({ covers, isRelated, distance }) => covers || isRelated || distance <= MISSPELT);
  return ranked
    .toSorted(
      (a, b) =>
        Number(b.covers) - Number(a.covers) ||
        a.distance - b.distance ||
        Number(isWildcard(a.domain)) - Number(isWildcard(b.domain)) ||
        (a.domain < b.domain ? -1 : 1),
    )
    .slice(0, MOST)
    .map(({ domain }) => domain);
}

function wildcardOver(host: string): string {
  return host.replace(/^[^.]*/, '*');
}

function isAbove(parent: string, child: string): boolean {
  return parent.includes('.') && child.endsWith(`.${parent}`);
}

function withoutLast(domain: string): string {
  return domain.slice(0, Math.max(domain.lastIndexOf('.'), 0)) || domain;
}
