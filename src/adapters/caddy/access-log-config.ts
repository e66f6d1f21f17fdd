/** Name of Caddy's logger for requests to Hecate's server. */
export const ACCESS_LOGGER = 'http.log.access.hecate';

/**
 * Caddy's configuration of the access log: JSON, mode 0600, 6 files of 100 MB. Query strings of the outpost's paths are
 * replaced by `REDACTED`, in the address and in `Referer`, because they contain sign-in codes.
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
