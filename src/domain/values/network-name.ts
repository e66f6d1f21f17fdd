/** Suffixes that no public name server knows, set aside for private use (RFC 2606, 6762, 8375 and ICANN's .internal). */
const PRIVATE_SUFFIX = /(^|\.)(internal|local|localhost|lan|home|corp|test|invalid|home\.arpa)$/;
const PRIVATE_IPV4 = /^(0|10|127|169\.254|172\.(1[6-9]|2\d|3[01])|192\.168|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./;
const PRIVATE_IPV6 = /^\[(::1?\]|f[cd]|fe[89ab])/;

/** Whether a host name or address is reached through the Internet, as far as its text tells. */
export function isPublicHost(host: string): boolean {
  if (host.startsWith('[')) return !PRIVATE_IPV6.test(host);
  if (/^[\d.]+$/.test(host)) return !PRIVATE_IPV4.test(host);
  return host.includes('.') && !PRIVATE_SUFFIX.test(host);
}

const LOCAL = ['localhost', 'local', 'internal', 'home.arpa'];

/** Whether a name means something in this network only, so that no public authority gives it a certificate. */
export function isLocalName(domain: string): boolean {
  return !domain.includes('.') || LOCAL.some((suffix) => domain.endsWith(`.${suffix}`));
}
