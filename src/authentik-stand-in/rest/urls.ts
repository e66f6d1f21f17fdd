const LABEL = /^[a-z0-9\u00a1-\uffff]([a-z0-9\u00a1-\uffff-]{0,61}[a-z0-9\u00a1-\uffff])?$/i;
const URL_PARTS = /^https?:\/\/(?:[^\s:@/]+(?::[^\s:@/]*)?@)?(\[[0-9a-f:.]+\]|[^\s/?#:@]+)(?::\d{1,5})?(?:[/?#]\S*)?$/i;

/**
 * Returns true for a URL that authentik accepts (Django's URLValidator without its demand for a top-level domain): each
 * label of the host name has at most 63 letters, digits and hyphens, with no hyphen at either end.
 */
export function isUrl(text: string): boolean {
  const host = URL_PARTS.exec(text)?.[1];
  if (host === undefined || text.length > 2048) return false;
  return (
    host.startsWith('[') ||
    host
      .replace(/\.$/, '')
      .split('.')
      .every((label) => LABEL.test(label))
  );
}
