const MOST = 3;

/** Returns the domains that have most in common with a host: the same labels at the end, then the same letters. */
export function nearestOf(host: string, domains: readonly string[]): string[] {
  const labels = host.split('.').toReversed();
  const shared = (domain: string) => {
    const others = domain.split('.').toReversed();
    const different = labels.findIndex((label, index) => label !== others[index]);
    return different < 0 ? labels.length : different;
  };
  const ranked = domains
    .filter((domain) => domain !== host)
    .map((domain) => ({ domain, labels: shared(domain) }))
    // A common top-level domain alone says nothing.
    .filter((one) => one.labels > 1);
  return ranked
    .toSorted((a, b) => b.labels - a.labels || (a.domain < b.domain ? -1 : 1))
    .slice(0, MOST)
    .map(({ domain }) => domain);
}
