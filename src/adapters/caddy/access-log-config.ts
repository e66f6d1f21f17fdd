/** Caddy's logger for requests to Hecate's server. */
export const ACCESS_LOGGER = 'http.log.access.hecate';

/**
 * How Caddy writes the access log: JSON, readable by its owner only, without what the outpost is told in its addresses,
 * since the codes of a sign-in stand there; browsers repeat an address as `Referer`.
 */
export function accessLogConfig(filename: string) {
  const withoutCodes = {
    filter: 'regexp',
    regexp: '(?i)(/outpost\\.goauthentik\\.io/[^?]*)\\?.*',
    value: '${1}?REDACTED',
  };
  return {
    writer: { output: 'file', filename, mode: '0600', roll_size_mb: 100, roll_keep: 5 },
    encoder: {
      format: 'filter',
      wrap: { format: 'json' },
      fields: { 'request>uri': withoutCodes, 'request>headers>Referer': withoutCodes },
    },
    include: [ACCESS_LOGGER],
  };
}
